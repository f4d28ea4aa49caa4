/**
 * For tests: what stands in for StackBlitz's runtime, which needs its servers. It has what the documentation of
 * @webcontainer/api promises (runtime.ts) on a temporary folder and child processes, and behaves as a terminal does:
 * output and errors in one stream that is cut anywhere, lines that end with \r\n, input that is repeated. What it cannot
 * tell is how the real one deviates from its documentation.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Random } from '../../lab/core/random.ts';
import type { Container, ContainerProcess, FileTree, Runtime } from './runtime.ts';

export interface TestRuntimeOptions {
  /** Another Node than this one. */
  readonly node?: string;
  /** Its Node says that it is this version. */
  readonly version?: string;
  /** Whether what is written to a program's input never comes. */
  readonly isDeaf?: boolean;
  /** Whether its Nodes, and those that they start, may see no file but their own. */
  readonly isCaged?: boolean;
}

export class TestRuntime implements Runtime {
  /** The one that there is. */
  container: TestContainer | null = null;
  boots = 0;
  private readonly options: TestRuntimeOptions;

  constructor(options: TestRuntimeOptions = {}) {
    this.options = options;
  }

  async boot(): Promise<TestContainer> {
    if (this.container !== null && !this.container.isTornDown)
      throw new Error('Only a single WebContainer instance can be booted');
    this.boots++;
    this.container = new TestContainer(this.options);
    return this.container;
  }
}

export class TestContainer implements Container {
  /** What stands for the working folder of the container. */
  readonly folder = mkdtempSync(join(tmpdir(), 'container-'));
  readonly children = new Set<ChildProcess>();
  isTornDown = false;
  private readonly options: TestRuntimeOptions;
  private readonly random = Random.derive(1, 'terminal');

  constructor(options: TestRuntimeOptions) {
    this.options = options;
  }

  readonly fs: Container['fs'] = {
    writeFile: (path, data) => fs.writeFile(this.at(path), data),
    mkdir: (path, options) => fs.mkdir(this.at(path), options),
    rename: (from, to) => fs.rename(this.at(from), this.at(to)),
    rm: (path, options) => fs.rm(this.at(path), options),
  };

  async mount(tree: FileTree): Promise<void> {
    this.write(this.at('.'), tree);
  }

  async spawn(
    command: string,
    args: string[],
    { cwd = '.', env }: { readonly cwd?: string; readonly env: Record<string, string> },
  ): Promise<ContainerProcess> {
    const isNode = command === 'node';
    const { node = process.execPath, isDeaf = false } = this.options;
    const child = spawn(isNode ? node : command, [...(isNode ? this.flags() : []), ...args], {
      cwd: this.at(cwd),
      // Nothing of this process: no NODE_PATH, no options.
      env: { PATH: dirname(node), HOME: this.folder, ...env },
      stdio: 'pipe',
    });
    this.children.add(child);
    let push: (text: string) => void = () => {};
    const output = new ReadableStream<string>({
      start(controller) {
        push = (text) => {
          if (child.exitCode === null || text !== '') controller.enqueue(text);
        };
        child.once('close', () => controller.close());
      },
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => {
        for (const chunk of this.cut(bytes)) push(chunk);
      });
    child.stdin.on('error', () => {});
    const exit = new Promise<number>((done) => {
      child.once('close', (code) => {
        this.children.delete(child);
        done(code ?? 1);
      });
      child.once('error', () => done(127));
    });
    const input = new WritableStream<string>({
      write(text) {
        push(text.replaceAll('\n', '\r\n'));
        if (!isDeaf) child.stdin.write(text);
      },
    });
    return { exit, input, output, kill: () => void child.kill('SIGKILL') };
  }

  on(): () => void {
    return () => {};
  }

  teardown(): void {
    if (this.isTornDown) throw new Error('WebContainer already torn down');
    this.isTornDown = true;
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private flags(): readonly string[] {
    const { folder } = this;
    const { version, isCaged } = this.options;
    const versions = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`;
    if (version !== undefined) return ['--import', `data:text/javascript,${encodeURIComponent(versions)}`];
    if (!isCaged) return [];
    // Node hands these on to every Node that it starts.
    return [
      '--no-warnings',
      '--permission',
      `--allow-fs-read=${folder}`,
      `--allow-fs-write=${folder}`,
      '--allow-child-process',
      '--allow-worker',
    ];
  }

  private at(path: string): string {
    if (this.isTornDown) throw new Error('WebContainer already torn down');
    const full = resolve(this.folder, path.replace(/^\/+/, ''));
    if (full !== this.folder && !full.startsWith(`${this.folder}/`)) throw new Error(`EPERM: ${path} is outside`);
    return full;
  }

  private write(folder: string, tree: FileTree): void {
    mkdirSync(folder, { recursive: true });
    for (const [name, entry] of Object.entries(tree)) {
      if ('directory' in entry) this.write(join(folder, name), entry.directory);
      else writeFileSync(join(folder, name), entry.file.contents);
    }
  }

  /** Each piece is decoded by itself, as there. */
  private cut(bytes: Buffer): string[] {
    const chunks: string[] = [];
    const text = Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
    for (let at = 0; at < text.length; ) {
      const size = 1 + Math.floor(this.random.float() * 3000);
      chunks.push(text.subarray(at, at + size).toString('utf8'));
      at += size;
    }
    return chunks;
  }
}
