/** The terminal: a list of what was printed and the line that is being typed, both plain text of the page. */
import { useSignal } from '@preact/signals';
import { useContext, useLayoutEffect, useRef } from 'preact/hooks';
import type { LoadSpec } from '../../engines/engine.ts';
import { LanguageContext, useText } from '../i18n/dictionary.ts';
import { first } from '../session/client.ts';
import { useSession } from '../session/context.ts';
import { storesOf } from '../session/servers.ts';
import type { WorkbenchSession } from '../session/session.ts';
import { useUid } from '../ui/hooks.ts';
import { complete, completeWord } from './complete.ts';
import { shellOf } from './shell.ts';
import { terminalTexts } from './texts.ts';
import { quoted } from './words.ts';
import './terminal.css';

export function TerminalPanel() {
  const session = useSession();
  const text = useText(terminalTexts);
  const language = useContext(LanguageContext);
  const shell = shellOf(session);
  const uid = useUid('lb-terminal');
  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  /** Where in the history one stands; its length for the line that is new. */
  const at = useSignal(-1);
  const kept = useSignal('');
  /** What Ctrl-R looks for; null while nobody searches. */
  const sought = useSignal<{ readonly text: string; readonly skip: number } | null>(null);
  const follows = useRef(true);
  const entries = shell.entries.value;
  const isRunning = shell.isRunning.value;
  const history = shell.history.value;
  const prompt = shell.prompt.value;
  const found = sought.value === null ? null : find(history, sought.value.text, sought.value.skip);

  useLayoutEffect(() => {
    const element = box.current;
    if (element !== null && follows.current) element.scrollTop = element.scrollHeight;
  }, [entries, isRunning]);

  const put = (line: string) => {
    shell.draft.value = line;
    requestAnimationFrame(() => field.current?.setSelectionRange(line.length, line.length));
  };
  const submit = (line: string) => {
    follows.current = true;
    at.value = -1;
    shell.draft.value = '';
    sought.value = null;
    void shell.submit(line, text);
  };
  const recall = (step: -1 | 1) => {
    if (history.length === 0) return;
    const from = at.value < 0 ? history.length : at.value;
    if (at.value < 0) kept.value = shell.draft.value;
    const next = Math.max(0, from + step);
    at.value = next >= history.length ? -1 : next;
    put(at.value < 0 ? kept.value : history[at.value]!);
  };
  const finish = () => {
    const input = field.current!;
    const caret = input.selectionStart ?? input.value.length;
    const before = input.value.slice(0, caret);
    const { line, choices } =
      prompt === null ? complete(before, session) : completeWord(before, prompt.complete(before));
    if (choices.length > 0 && line === before) shell.print('note', choices.slice(0, CHOICES_MAX).join('   '));
    shell.draft.value = line + input.value.slice(caret);
    requestAnimationFrame(() => input.setSelectionRange(line.length, line.length));
  };
  const key = (event: KeyboardEvent) => {
    // What an input method composes is its own.
    if (event.isComposing) return;
    const input = field.current!;
    const isControl = event.ctrlKey && !event.altKey && !event.metaKey;
    const hasSelection = input.selectionStart !== input.selectionEnd;
    const letter = isControl ? event.key.toLowerCase() : '';
    if (letter === 'c' && !hasSelection) {
      if (isRunning) shell.interrupt();
      else {
        shell.print('line', `${shell.draft.value}^C`);
        prompt?.reset();
        shell.draft.value = '';
        sought.value = null;
      }
    } else if (letter === 'd' && prompt !== null && input.value === '') shell.leavePrompt();
    else if (letter === 'l') shell.clear();
    else if (letter === 'u') {
      const caret = input.selectionStart ?? 0;
      shell.draft.value = input.value.slice(caret);
      requestAnimationFrame(() => input.setSelectionRange(0, 0));
    } else if (letter === 'k') shell.draft.value = input.value.slice(0, input.selectionStart ?? 0);
    else if (letter === 'r') {
      sought.value = sought.value === null ? { text: '', skip: 0 } : { ...sought.value, skip: sought.value.skip + 1 };
      if (sought.value.skip === 0) shell.draft.value = '';
    } else if (event.key === 'Escape' && sought.value !== null) {
      sought.value = null;
      shell.draft.value = '';
    } else if (event.key === 'Enter') {
      if (!isRunning) submit(sought.value === null ? input.value : (found ?? ''));
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      if (sought.value !== null) {
        put(found ?? '');
        sought.value = null;
      }
      recall(event.key === 'ArrowUp' ? -1 : 1);
    } else if (event.key === 'Tab' && !event.shiftKey && input.value !== '') {
      if (sought.value !== null) {
        put(found ?? '');
        sought.value = null;
      } else finish();
    } else return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a click beside the field goes to the field; the field itself is what keyboards reach
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div
      class="lb-terminal lb-panel"
      onClick={() => {
        // Text that was selected to be copied stays so.
        if (getSelection()?.isCollapsed !== false) field.current?.focus({ preventScroll: true });
      }}
    >
      <div
        ref={box}
        class="lb-terminal-lines"
        role="log"
        aria-label={text.label}
        aria-live={shell.isStreaming.value ? 'off' : 'polite'}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must be reachable by keyboard for that
        tabIndex={0}
        onScroll={(event) => {
          const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
          follows.current = scrollTop + clientHeight >= scrollHeight - 8;
        }}
      >
        {entries.length === 0 ? (
          <div class="lb-terminal-welcome">
            <p>{text.welcome}</p>
            <ul>
              {examples(session).map((example) => (
                <li key={example}>
                  <button type="button" class="lb-link" onClick={() => submit(example)} disabled={isRunning}>
                    {example}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        ) : (
          entries.map((entry) => (
            <pre
              key={entry.id}
              class={`lb-terminal-${entry.kind}${isTable(entry.text) ? ' lb-terminal-table' : ''}`}
              data-sign={entry.sign}
            >
              {entry.text}
            </pre>
          ))
        )}
      </div>
      <div class="lb-terminal-prompt">
        <label for={uid} class="lb-terminal-sign">
          <span class="lb-sr-only">
            {sought.value !== null ? text.searchLabel : prompt === null ? text.input : text.inputOf(prompt.name)}
          </span>
          <span aria-hidden="true">{sought.value === null ? shell.sign : `${text.search}:`}</span>
        </label>
        <input
          ref={field}
          id={uid}
          type="text"
          lang={language === 'en' ? 'en' : 'zh-CN'}
          value={shell.draft.value}
          autocomplete="off"
          autocapitalize="off"
          autocorrect="off"
          spellcheck={false}
          enterkeyhint="go"
          aria-describedby={`${uid}-keys`}
          onInput={(event) => {
            shell.draft.value = event.currentTarget.value;
            if (sought.value !== null) sought.value = { text: event.currentTarget.value, skip: 0 };
          }}
          onKeyDown={key}
        />
        <span class="lb-terminal-found" aria-live="polite">
          {sought.value === null ? '' : (found ?? text.noMatch)}
        </span>
        {isRunning ? (
          <button type="button" class="lb-terminal-stop" onClick={() => shell.interrupt()}>
            {text.interrupt}
          </button>
        ) : null}
      </div>
      <p id={`${uid}-keys`} class="lb-sr-only">
        {text.keysHelp}
      </p>
    </div>
  );
}

/** Lines that belong under each other: a narrow panel scrolls rather than breaks them. One long line is broken. */
function isTable(text: string): boolean {
  return text.includes('\n') && text.split('\n').every((line) => line.length <= TABLE_WIDTH_MAX);
}

const TABLE_WIDTH_MAX = 200;

/** More than that is no help to choose. */
const CHOICES_MAX = 60;

/** The newest line with the text in it, leaving out as many as `skip`. */
function find(history: readonly string[], text: string, skip: number): string | null {
  const fitting = [...new Set(history.toReversed())].filter((line) => line.includes(text));
  return fitting[Math.min(skip, fitting.length - 1)] ?? null;
}

/** A few lines that work in this system. */
function examples(session: WorkbenchSession): readonly string[] {
  const services = session.run.topology.value?.services ?? [];
  const lines = ['docker compose ps', curlOf(session.loadSpec.value)];
  for (const { kind, name } of storesOf(services)) {
    if (kind === 'redis') lines.push('redis-cli INFO stats');
    if (kind === 'rabbitmq')
      lines.push('rabbitmqctl -q list_queues name messages_ready messages_unacknowledged consumers');
    if (kind === 'haproxy') lines.push('haproxy show stat | grep BACKEND');
    if (kind === 'postgres') lines.push(`psql -h ${name} -c '\\dt'`);
  }
  return [...new Set(lines)].slice(0, 5).concat('help');
}

/** One of the load's requests. */
function curlOf({ url, body, headers = {} }: LoadSpec): string {
  const words = Object.entries(headers).flatMap(([name, value]) => ['-H', quoted(`${name}: ${first(value)}`)]);
  if (body !== undefined) words.push('--json', quoted(first(body)));
  return ['curl', '-i', ...words, quoted(first(url))].join(' ');
}
