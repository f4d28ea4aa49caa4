/** What one takes along: a link with the session, a folder to run, the work as a file; and the way back in. */
import { useSignal } from '@preact/signals';
import { useContext, useRef } from 'preact/hooks';
import { LanguageContext, useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatTick } from '../session/format.ts';
import { KEEPSAKE_CHARS_MAX } from '../session/keeping/keepsake.ts';
import { entryUrl } from '../session/session.ts';
import { Icon } from '../ui/Icon.tsx';
import { saveFile } from './save-file.ts';
import { keepingTexts } from './texts.ts';
import './keeping.css';

export function KeepPanel() {
  const session = useSession();
  const { keeping, subject, run, files } = session;
  const text = useText(keepingTexts);
  const language = useContext(LanguageContext);
  const input = useRef<HTMLInputElement>(null);
  const told = useSignal('');
  const link = useSignal('');
  void run.version.value;
  const name = subject.key.replace(/^\w+:/, '');
  const actions = run.runningFiles.value === null ? 0 : run.actions.length;

  const copy = async () => {
    const fragment = keeping.fragment();
    told.value = fragment === null ? text.tooLong : '';
    link.value = fragment === null ? '' : new URL(fragment, location.href).href;
    if (fragment === null) return;
    try {
      await navigator.clipboard.writeText(link.value);
      told.value = text.copied;
    } catch {
      // Without permission, or in a frame: it is in the field below.
      told.value = '';
    }
  };
  const download = async () => {
    told.value = '';
    try {
      const [{ zipFolder }, locks] = await Promise.all([import('../session/keeping/folder.ts'), subject.loadLocks()]);
      const zip = zipFolder({
        name,
        title: subject.title[language] ?? subject.title.en,
        files: files.files.value,
        locks,
        changed: files.changed.value,
        entryUrl: session.loadSpec.value.url || entryUrl(files.files.value),
      });
      saveFile(`${name}.zip`, zip, 'application/zip');
    } catch (error) {
      told.value = `${text.downloadFailed} ${error instanceof Error ? error.message : String(error)}`;
    }
  };
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    if (file.size > KEEPSAKE_CHARS_MAX) {
      told.value = text.refused['too-big'];
      return;
    }
    const outcome = keeping.importWork(await file.text());
    told.value = outcome === 'taken' ? text.imported : text.refused[outcome];
  };
  return (
    <div class="lb-keep lb-panel lb-scroll">
      <p class="lb-keep-told" role="status">
        {told.value}
      </p>
      <section>
        <h3 class="lb-label">{text.link}</h3>
        <p>{text.linkWhy}</p>
        <p class="lb-footnote">
          {text.linkHas(files.changed.value.length, actions, formatTick(actions === 0 ? 0 : run.endMs.value))}
        </p>
        <button type="button" onClick={() => void copy()}>
          <Icon name="send" size={14} />
          {text.makeLink}
        </button>
        {link.value === '' ? null : (
          <label class="lb-keep-link">
            <span class="lb-footnote">{text.copyByHand}</span>
            <input readOnly value={link.value} onFocus={(event) => event.currentTarget.select()} />
          </label>
        )}
      </section>
      <section>
        <h3 class="lb-label">{text.folder}</h3>
        <p>{text.folderWhy}</p>
        <button type="button" onClick={() => void download()}>
          <Icon name="folder" size={14} />
          {text.download}
        </button>
      </section>
      <section>
        <h3 class="lb-label">{text.file}</h3>
        <p>{text.fileWhy}</p>
        <div class="lb-keep-buttons">
          <button type="button" onClick={() => saveFile(`${name}.work.json`, keeping.exportWork(), 'application/json')}>
            <Icon name="file" size={14} />
            {text.exportIt}
          </button>
          <button type="button" onClick={() => input.current?.click()}>
            {text.importIt}
          </button>
          <input
            ref={input}
            type="file"
            accept=".json,application/json"
            hidden
            aria-label={text.importIt}
            onChange={(event) => {
              void take(event.currentTarget.files?.[0]);
              event.currentTarget.value = '';
            }}
          />
        </div>
      </section>
    </div>
  );
}
