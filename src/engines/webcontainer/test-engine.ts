/** For tests: the whole engine on the stand-in for StackBlitz's runtime, with the tree that a site would mount. */
import { readdirSync, readFileSync } from 'node:fs';
import { buildContainerTree } from '../../catalog/container-tree.ts';
import { TestRuntime, type TestRuntimeOptions } from './test-container.ts';
import { WebContainerEngine, type WebContainerOptions } from './webcontainer-engine.ts';

export interface TestEngine {
  readonly engine: WebContainerEngine;
  readonly runtime: TestRuntime;
  /** Of all processes in the container that there is. */
  pids(): readonly number[];
}

export function testEngine(
  dependencies: Readonly<Record<string, string>> = {},
  options: TestRuntimeOptions & Pick<WebContainerOptions, 'onLost'> = {},
): TestEngine {
  // Another Node by hand: that of a WebContainer is older than ours.
  const node = process.env.STAND_IN_NODE;
  const runtime = new TestRuntime({ ...(node !== undefined && { node }), ...options });
  const root = process.cwd();
  const load = async () => (await buildContainerTree(dependencies, root)).tree;
  const engine = new WebContainerEngine({
    load: async () => runtime,
    tree: async () => ({ key: 'test', load }),
    isIsolated: () => true,
    ...(options.onLost !== undefined && { onLost: options.onLost }),
  });
  return { engine, runtime, pids: () => (runtime.container === null ? [] : pidsBelow(runtime.container.folder)) };
}

/** Processes of this machine that were started with a file of the folder, or in it. */
export function pidsBelow(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readsOf(`/proc/${name}/cmdline`, `/proc/${name}/environ`).includes(folder))
    .map(Number);
}

function readsOf(...files: readonly string[]): string {
  return files
    .map((file) => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        // It has ended, or is somebody else's.
        return '';
      }
    })
    .join('\0');
}
