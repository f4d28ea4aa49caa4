/** Runs lines one after the other, keeps what was printed and typed. Lives as long as the workbench, not the panel. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { WorkbenchSession } from '../session/session.ts';
import { type Call, CommandError, Interrupted } from './command.ts';
import { commands } from './commands/index.ts';
import { type Filter, filterOf } from './filters.ts';
import { PROMPTS, type Prompt, type PromptName } from './prompts/index.ts';
import type { TerminalTexts } from './texts.ts';
import { readLine, type Step } from './words.ts';

export interface Entry {
  readonly id: number;
  /** `line`: what was typed; `note`: the terminal's own words. */
  readonly kind: 'line' | 'out' | 'err' | 'note';
  readonly text: string;
  /** Before a line: the prompt it was typed at. */
  readonly sign?: string;
}

/** Enough to scroll through; an endless `logs -f` must not fill the page. */
const ENTRIES_KEPT = 1500;
const CHARS_KEPT = 400_000;
const HISTORY_KEPT = 300;

export class Shell {
  readonly entries: Signal<readonly Entry[]> = signal([]);
  readonly isRunning: Signal<boolean> = signal(false);
  /** It prints without end: nothing for a screen reader to read out. */
  readonly isStreaming: Signal<boolean> = signal(false);
  /** A tool's own prompt that is open; null at the shell's. */
  readonly prompt: Signal<Prompt | null> = signal(null);
  /** Of the prompt that is open, oldest first. */
  readonly history: ReadonlySignal<readonly string[]> = computed(
    () => this.histories[this.prompt.value?.name ?? 'sh'].value,
  );
  private readonly histories: Readonly<Record<PromptName | 'sh', Signal<readonly string[]>>> = {
    sh: signal([]),
    'redis-cli': signal([]),
    psql: signal([]),
  };
  /** What is typed and not yet entered; the panel may be closed meanwhile. */
  readonly draft: Signal<string> = signal('');
  private readonly session: WorkbenchSession;
  private abort: AbortController | null = null;
  private lastId = 0;
  private chars = 0;
  private pending: Entry[] = [];
  private isFlushing = false;

  constructor(session: WorkbenchSession) {
    this.session = session;
    for (const name of ['sh', ...PROMPTS] as const) {
      void session.storage.read<unknown>(this.historyKey(name)).then((kept) => {
        const history = this.histories[name];
        if (Array.isArray(kept) && kept.every((line) => typeof line === 'string') && history.value.length === 0)
          history.value = kept;
      });
    }
  }

  /** What stands before the line that is typed. */
  get sign(): string {
    return this.prompt.value?.sign ?? '$';
  }

  /** Runs a line; resolves when it has ended. */
  async submit(line: string, text: TerminalTexts): Promise<void> {
    if (this.isRunning.value) return;
    this.print('line', line);
    this.remember(line);
    const prompt = this.prompt.value;
    const read = prompt === null ? readLine(line) : null;
    if (read?.ok === false) {
      this.print('err', text.problems[read.problem](read.text));
      return;
    }
    this.abort = new AbortController();
    this.isRunning.value = true;
    try {
      if (prompt !== null) await this.enter(prompt, line, text);
      let status = 0;
      for (const step of read?.steps ?? []) {
        if ((step.joint === '&&' && status !== 0) || (step.joint === '||' && status === 0)) continue;
        status = await this.runStep(step, text);
      }
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      this.print('note', '^C');
    } finally {
      this.abort = null;
      this.isRunning.value = false;
      this.isStreaming.value = false;
      this.flush();
    }
  }

  /** Ctrl-D at a prompt: back to the shell. */
  leavePrompt(): void {
    const prompt = this.prompt.value;
    if (prompt === null || this.isRunning.value) return;
    this.print('line', prompt.leaveWord);
    this.prompt.value = null;
  }

  /** Ctrl-C. What was asked of the system goes on there, as with the real tools. */
  interrupt(): void {
    this.abort?.abort();
  }

  clear(): void {
    this.pending = [];
    this.entries.value = [];
    this.chars = 0;
  }

  print(kind: Entry['kind'], text: string): void {
    if (text === '' && kind !== 'line') return;
    const sign = kind === 'line' ? { sign: this.sign } : {};
    this.pending.push({ id: ++this.lastId, kind, text: text.replace(/\n$/, ''), ...sign });
    // Many lines in one moment are one change of the page.
    if (this.isFlushing) return;
    this.isFlushing = true;
    queueMicrotask(() => this.flush());
  }

  private flush(): void {
    this.isFlushing = false;
    if (this.pending.length === 0) return;
    let entries = [...this.entries.value, ...this.pending];
    for (const { text } of this.pending) this.chars += text.length;
    this.pending = [];
    let drop = Math.max(0, entries.length - ENTRIES_KEPT);
    for (let i = 0; i < drop; i++) this.chars -= entries[i]!.text.length;
    for (; this.chars > CHARS_KEPT && drop < entries.length - 1; drop++) this.chars -= entries[drop]!.text.length;
    if (drop > 0) entries = entries.slice(drop);
    this.entries.value = entries;
  }

  private async runStep({ pipeline }: Step, text: TerminalTexts): Promise<number> {
    const [first, ...rest] = pipeline;
    const [name = '', ...argv] = first!;
    const { signal: stop } = this.abort!;
    // A filter that has seen enough ends what feeds it, as SIGPIPE does.
    const pipe = new AbortController();
    const command = commands.find((each) => each.name === name);
    if (name === 'clear') {
      this.clear();
      return 0;
    }
    if (name === 'history') {
      this.print('out', this.history.value.map((line, i) => `${String(i + 1).padStart(4)}  ${line}`).join('\n'));
      return 0;
    }
    if (command === undefined) {
      this.print('err', text.notFound(name));
      return 127;
    }
    const filters: Filter[] = [];
    for (const words of rest) {
      const filter = filterOf(words);
      if (typeof filter === 'string') {
        this.print('err', text.noFilter(filter));
        return 127;
      }
      filters.push(filter);
    }
    const out = this.through(filters, () => pipe.abort());
    const ended = AbortSignal.any([stop, pipe.signal]);
    const call = this.call(argv, text, ended, (chunk) => out.push(chunk), filters.length === 0);
    try {
      const status = await command.run(call);
      out.end();
      return status;
    } catch (error) {
      out.end();
      if (error instanceof Interrupted) {
        if (stop.aborted) throw error;
        return 0;
      }
      this.print('err', error instanceof Error ? error.message : String(error));
      return error instanceof CommandError ? error.status : 1;
    }
  }

  private async enter(prompt: Prompt, line: string, text: TerminalTexts): Promise<void> {
    const call = this.call([], text, this.abort!.signal, (chunk) => this.print('out', chunk), false);
    try {
      if (await prompt.enter(line, call)) this.prompt.value = null;
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      this.print('err', error instanceof Error ? error.message : String(error));
    }
  }

  private call(
    argv: readonly string[],
    text: TerminalTexts,
    ended: AbortSignal,
    out: (chunk: string) => void,
    mayOpen: boolean,
  ): Call {
    return {
      argv,
      session: this.session,
      text,
      signal: ended,
      out,
      err: (chunk) => this.print('err', chunk),
      wait: (promise) => this.wait(promise, ended, text),
      open: (prompt) => {
        if (!mayOpen) throw new CommandError(text.noPipe(prompt.name), 2);
        this.prompt.value = prompt;
        this.print('note', text.leaveWith(prompt.leaveWord));
      },
      streams: () => {
        this.isStreaming.value = true;
      },
    };
  }

  /** Where a command's output goes: lines through the filters, then to the page. */
  private through(filters: readonly Filter[], onEnough: () => void) {
    if (filters.length === 0) return { push: (text: string) => this.print('out', text), end: () => {} };
    let rest = '';
    const from = (at: number, lines: readonly string[]): void => {
      if (lines.length === 0) return;
      const filter = filters[at];
      if (filter === undefined) {
        this.print('out', lines.join('\n'));
        return;
      }
      from(
        at + 1,
        lines.flatMap((line) => filter.push(line)),
      );
      if (filter.hasEnough) onEnough();
    };
    return {
      push: (text: string) => {
        const lines = (rest + (text.endsWith('\n') ? text : `${text}\n`)).split('\n');
        rest = lines.pop() ?? '';
        from(0, lines);
      },
      end: () => {
        filters.forEach((filter, at) => {
          from(at + 1, filter.end());
        });
      },
    };
  }

  private wait<T>(promise: Promise<T>, signal: AbortSignal, text: TerminalTexts): Promise<T> {
    return new Promise((resolve, reject) => {
      const interrupt = () => finish(() => reject(new Interrupted()));
      // While the clock stands nothing in the system can answer; a person should know why it takes so long.
      const timer = setTimeout(() => {
        if (this.session.run.status.value === 'paused') this.print('note', text.clockStands);
      }, 400);
      const finish = (then: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', interrupt);
        then();
      };
      if (signal.aborted) {
        interrupt();
        return;
      }
      signal.addEventListener('abort', interrupt);
      promise.then(
        (value) => finish(() => resolve(value)),
        (error) => finish(() => reject(error)),
      );
    });
  }

  private remember(line: string): void {
    const name = this.prompt.value?.name ?? 'sh';
    const history = this.histories[name];
    if (line.trim() === '' || history.value.at(-1) === line) return;
    history.value = [...history.value, line].slice(-HISTORY_KEPT);
    void this.session.storage.write(this.historyKey(name), history.value);
  }

  private historyKey(name: PromptName | 'sh'): string {
    return `terminal:${this.session.subject.key}${name === 'sh' ? '' : `:${name}`}`;
  }
}

const shells = new WeakMap<WorkbenchSession, Shell>();

export function shellOf(session: WorkbenchSession): Shell {
  let shell = shells.get(session);
  if (shell === undefined) {
    shell = new Shell(session);
    shells.set(session, shell);
  }
  return shell;
}
