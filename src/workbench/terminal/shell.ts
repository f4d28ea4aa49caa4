/** Runs lines one after the other, keeps what was printed and typed. Lives as long as the workbench, not the panel. */
import { type Signal, signal } from '@preact/signals';
import type { WorkbenchSession } from '../session/session.ts';
import { type Call, CommandError, Interrupted } from './command.ts';
import { commands } from './commands/index.ts';
import { type Filter, filterOf } from './filters.ts';
import type { TerminalTexts } from './texts.ts';
import { readLine, type Step } from './words.ts';

export interface Entry {
  readonly id: number;
  /** `line`: what was typed; `note`: the terminal's own words. */
  readonly kind: 'line' | 'out' | 'err' | 'note';
  readonly text: string;
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
  /** Oldest first. */
  readonly history: Signal<readonly string[]> = signal([]);
  /** What is typed and not yet entered; the panel may be closed meanwhile. */
  readonly draft: Signal<string> = signal('');
  private readonly session: WorkbenchSession;
  private readonly historyKey: string;
  private abort: AbortController | null = null;
  private lastId = 0;
  private chars = 0;
  private pending: Entry[] = [];
  private isFlushing = false;

  constructor(session: WorkbenchSession) {
    this.session = session;
    this.historyKey = `terminal:${session.subject.key}`;
    void session.storage.read<unknown>(this.historyKey).then((kept) => {
      if (Array.isArray(kept) && kept.every((line) => typeof line === 'string') && this.history.value.length === 0)
        this.history.value = kept;
    });
  }

  /** Runs a line; resolves when it has ended. */
  async submit(line: string, text: TerminalTexts): Promise<void> {
    if (this.isRunning.value) return;
    this.print('line', line);
    this.remember(line);
    const read = readLine(line);
    if (!read.ok) {
      this.print('err', text.problems[read.problem](read.text));
      return;
    }
    this.abort = new AbortController();
    this.isRunning.value = true;
    try {
      let status = 0;
      for (const step of read.steps) {
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
    this.pending.push({ id: ++this.lastId, kind, text: text.replace(/\n$/, '') });
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
    const call: Call = {
      argv,
      session: this.session,
      text,
      signal: ended,
      out: (chunk) => out.push(chunk),
      err: (chunk) => this.print('err', chunk),
      wait: (promise) => this.wait(promise, ended, text),
      streams: () => {
        this.isStreaming.value = true;
      },
    };
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
    if (line.trim() === '' || this.history.value.at(-1) === line) return;
    this.history.value = [...this.history.value, line].slice(-HISTORY_KEPT);
    void this.session.storage.write(this.historyKey, this.history.value);
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
