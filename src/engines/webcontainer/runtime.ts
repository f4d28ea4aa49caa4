/** What is used of the package @webcontainer/api, by its own documentation; a stand-in in tests has this and no more. */

/** A folder to be mounted. */
export interface FileTree {
  [name: string]: { readonly directory: FileTree } | { readonly file: { readonly contents: string } };
}

export interface Runtime {
  /** Only one at a time. May never settle. */
  boot(options: { readonly coep: 'require-corp'; readonly workdirName: string }): Promise<Container>;
}

export interface Container {
  readonly fs: {
    writeFile(path: string, data: string): Promise<void>;
    mkdir(path: string, options: { recursive: true }): Promise<unknown>;
    rename(from: string, to: string): Promise<void>;
    rm(path: string, options: { recursive: true; force: true }): Promise<void>;
  };
  mount(tree: FileTree): Promise<void>;
  spawn(
    command: string,
    args: string[],
    options: { readonly cwd?: string; readonly env: Record<string, string> },
  ): Promise<ContainerProcess>;
  on(event: 'error', listener: (error: { message: string }) => void): () => void;
  teardown(): void;
}

export interface ContainerProcess {
  readonly exit: Promise<number>;
  readonly input: WritableStream<string>;
  readonly output: ReadableStream<string>;
  kill(): void;
}
