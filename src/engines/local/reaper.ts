/**
 * Ends what the engine has started when the engine itself is ended, however that happens: a process of its own that
 * holds the other end of a pipe. A paused process notices nothing by itself, and a database does not watch its parent.
 *
 * As a program (`node reaper.ts`) it reads lines: `+pid` and `-pid` for process groups, `dir path` for folders to remove.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

/** What is told of everything that would have to be ended. */
export interface Watcher {
  /** A process and the group that it leads. */
  watch(pid: number): void;
  forget(pid: number): void;
  watchFolder(path: string): void;
}

/** For machines that end with the engine. */
export const nobody: Watcher = { watch: () => {}, forget: () => {}, watchFolder: () => {} };

export class Reaper implements Watcher {
  private readonly child: ChildProcess;

  /** `program`: the path of this file. */
  constructor(program: string) {
    this.child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // Ctrl-C at the terminal goes to everything in the terminal's group.
      detached: true,
    });
    this.child.unref();
    (this.child.stdin as unknown as { unref(): void }).unref();
    this.child.stdin!.on('error', () => {});
  }

  watch(pid: number): void {
    this.child.stdin!.write(`+${pid}\n`);
  }

  forget(pid: number): void {
    this.child.stdin!.write(`-${pid}\n`);
  }

  watchFolder(path: string): void {
    this.child.stdin!.write(`dir ${path}\n`);
  }

  /** It ends, and what it still watches with it. */
  close(): void {
    this.child.stdin!.end();
  }
}

if (import.meta.main) {
  const pids = new Set<number>();
  const folders = new Set<string>();
  let rest = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith('+')) pids.add(Number(line.slice(1)));
      else if (line.startsWith('-')) pids.delete(Number(line.slice(1)));
      else if (line.startsWith('dir ')) folders.add(line.slice(4));
    }
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.stdin.on('end', () => {
    for (const pid of pids) {
      for (const target of [-pid, pid]) {
        try {
          process.kill(target, 'SIGKILL');
        } catch {
          // It is gone already.
        }
      }
    }
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    process.exit(0);
  });
}
