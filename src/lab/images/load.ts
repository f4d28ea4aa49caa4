/** A server image's script, built by catalog/bundle.ts, to its program. */
import { imageFactory } from '../process/evaluate.ts';
import type { ServerName } from './facts.ts';
import type { ServerProgram } from './server.ts';

const loaded = new Map<string, ServerProgram>();

/** The program of a server. Throws an Error when its script was not given. */
export function loadServer(name: ServerName, scripts: Readonly<Record<string, string>> | undefined): ServerProgram {
  const code = scripts?.[name];
  if (code === undefined) throw new Error(`The script of the ${name} image was not loaded.`);
  let program = loaded.get(code);
  if (program === undefined) {
    program = imageFactory(code, name)({}) as ServerProgram;
    loaded.set(code, program);
  }
  return program;
}
