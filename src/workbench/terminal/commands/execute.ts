/** A command inside a container, and its answer on the screen. */
import { formatBytes } from '../../session/format.ts';
import { type Call, CommandError } from '../command.ts';

/** More of one answer nobody reads, and the page would stand still. Characters. */
const PRINTED_MAX = 100_000;

export async function execute(call: Call, service: string, argv: readonly string[], index = 1): Promise<number> {
  const result = await call.wait(call.session.run.exec(service, argv, index));
  if (result === null) throw new CommandError(call.text.notRunning);
  const { status, stdout, stderr } = result;
  if (stdout.length > PRINTED_MAX) {
    call.out(stdout.slice(0, PRINTED_MAX));
    call.err(call.text.cut(formatBytes(stdout.length)));
  } else call.out(stdout);
  call.err(stderr);
  return status;
}
