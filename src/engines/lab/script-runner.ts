/**
 * Runs one text again and again as a classic script of the worker. Its functions are new each time (ECMA-262 §16.1.7),
 * what they were compiled to need not be: V8 finds a script that it has seen before.
 */
import type { CompileScript } from '../../lab/index.ts';

/** Where a script leaves its value. Cannot be deleted, so the realm hides the name from all that is compiled later. */
const NAME = '$labScriptValue';

/** Call before the realm is closed: takes what it needs of the host. */
export function createScriptRunner(): CompileScript {
  const host = globalThis as unknown as WorkerGlobalScope;
  const run = host.importScripts.bind(host);
  const { createObjectURL } = URL;
  const HostBlob = Blob;
  let value: unknown;
  Object.defineProperty(globalThis, NAME, {
    set(given: unknown) {
      value = given;
    },
  });
  return (text) => {
    const url = createObjectURL(new HostBlob([`${NAME} = ${text}`], { type: 'text/javascript' }));
    return () => {
      value = undefined;
      run(url);
      const given = value;
      value = undefined;
      return given;
    };
  };
}

interface WorkerGlobalScope {
  importScripts(url: string): void;
}
