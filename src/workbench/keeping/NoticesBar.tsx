/** What has to be decided before work goes on: a shared session, another tab, a newer starter, a full disk. */
import type { ComponentChildren } from 'preact';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatTick } from '../session/format.ts';
import { mergeEdits } from '../session/keeping/merge.ts';
import { Icon } from '../ui/Icon.tsx';
import { saveFile } from './save-file.ts';
import { keepingTexts } from './texts.ts';
import './keeping.css';

export function NoticesBar() {
  const session = useSession();
  const { keeping, files, storage, subject } = session;
  const text = useText(keepingTexts);
  const offer = keeping.offer.value;
  const otherTab = files.otherTab.value;
  const [outdated] = files.outdated.value;
  const dismiss = () => {
    keeping.dismiss();
    // A reload must not ask again.
    history.replaceState(history.state, '', location.pathname + location.search);
  };
  return (
    <>
      {offer === null ? null : offer.kind === 'refused' ? (
        <Notice title={text.linkRefused} what={text.refused[offer.reason]}>
          <button type="button" onClick={dismiss}>
            {text.dismiss}
          </button>
        </Notice>
      ) : (
        <Notice
          title={offer.isSeen ? text.seenTitle : text.sharedTitle}
          what={
            text.shared(
              Object.keys(offer.shared.edits).length,
              offer.shared.actions.length,
              formatTick(offer.shared.endMs),
              offer.shared.seed,
            ) + (offer.isSeen ? '' : ` ${text.nothingRuns}`)
          }
        >
          <button type="button" class={offer.isSeen ? '' : 'lb-primary'} onClick={() => void keeping.runShared()}>
            <Icon name="play" size={14} />
            {offer.isSeen ? text.runAgain : text.runShared}
          </button>
          <button
            type="button"
            onClick={() => {
              keeping.takeShared();
              dismiss();
            }}
          >
            {text.takeShared}
          </button>
          <button type="button" onClick={dismiss}>
            {text.dismiss}
          </button>
        </Notice>
      )}
      {otherTab === null ? null : (
        <Notice
          title={text.otherTab}
          what={
            Object.keys(otherTab).length === 0 ? text.otherTabNone : text.otherTabWhat(Object.keys(otherTab).join(', '))
          }
        >
          <button type="button" onClick={() => void files.takeOtherTab()}>
            {text.takeOther}
          </button>
          <button type="button" onClick={() => void files.keepThisTab()}>
            {text.keepMine}
          </button>
        </Notice>
      )}
      {outdated === undefined ? null : <Outdated key={outdated.path} path={outdated.path} />}
      {storage.state.value === 'full' ? (
        <Notice title={text.full} what="">
          <button
            type="button"
            onClick={() =>
              saveFile(`${subject.key.replace(/^\w+:/, '')}.work.json`, keeping.exportWork(), 'application/json')
            }
          >
            {text.exportNow}
          </button>
        </Notice>
      ) : null}
    </>
  );
}

function Outdated({ path }: { readonly path: string }) {
  const { files } = useSession();
  const text = useText(keepingTexts);
  const outdated = files.outdated.value.find((each) => each.path === path);
  if (outdated === undefined) return null;
  const mine = files.files.value[path] ?? outdated.mine;
  const merged = mergeEdits(outdated.base, mine, outdated.starter);
  const settle = (result: string) => {
    files.settleOutdated(path, result);
    files.show(path);
  };
  return (
    <Notice title={text.outdated(path)} what={text.outdatedWhat}>
      <button type="button" onClick={() => settle(merged.text)}>
        {merged.hasConflicts ? text.mergeMarked : text.merge}
      </button>
      <button type="button" onClick={() => settle(mine)}>
        {text.keepAsIs}
      </button>
    </Notice>
  );
}

function Notice(props: { readonly title: string; readonly what: string; readonly children: ComponentChildren }) {
  return (
    <div class="lb-notice" role="status">
      <p>
        <strong>{props.title}</strong> {props.what}
      </p>
      <div class="lb-keep-buttons">{props.children}</div>
    </div>
  );
}
