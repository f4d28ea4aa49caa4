/** What a worker's `importScripts` is to the lab in a browser (engines/lab/script-runner.ts), on Node. */
import { Script } from 'node:vm';
import { useScripts } from '../lab/index.ts';

const compiled = new Map<string, Script>();

/** Makes the lab fast in this process; call before the first run. */
export function useNodeScripts(): void {
  useScripts((text) => {
    let script = compiled.get(text);
    if (script === undefined) {
      script = new Script(text);
      compiled.set(text, script);
    }
    return script.runInThisContext();
  });
}
