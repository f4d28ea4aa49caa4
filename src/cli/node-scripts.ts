/** What a worker's `importScripts` is to the lab in a browser (engines/lab/script-runner.ts), on Node. */
import { Script } from 'node:vm';
import { useScripts } from '../lab/index.ts';

/** Makes the lab fast in this process; call before the first run. */
export function useNodeScripts(): void {
  useScripts((text) => {
    const script = new Script(text);
    return () => script.runInThisContext();
  });
}
