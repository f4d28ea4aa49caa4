/** The lab's own server image as a process of its own: the same code on this machine's sockets, clock and disk. */
import type { ServerName } from '../../../lab/images/index.ts';
import type { ToolResult } from '../../../lab/images/server.ts';
import type { RealProcess } from '../real-process.ts';
import type { ServerStart } from './index.ts';

export function startLabImage(name: ServerName, options: ServerStart): RealProcess {
  const { container, argv, env, baseEnv, guestEnv, platform, start } = options;
  const waiting = new Map<number, (result: ToolResult | null) => void>();
  let lastId = 0;
  const process_ = start({
    command: process.execPath,
    args: [...platform.nodeFlags, '--import', platform.preload, platform.imageProgram, name, '--', ...argv],
    env: { ...baseEnv, ...env, ...guestEnv, LOADBEARING_ROOT: container.root },
    cwd: container.root,
    hasChannel: true,
    onMessage: (message) => {
      if (message.kind !== 'tool') return;
      waiting.get(message.id)?.(message.result as ToolResult);
      waiting.delete(message.id);
    },
  });
  container.tool = (words, onDone) => {
    const id = ++lastId;
    waiting.set(id, onDone);
    process_.say({ kind: 'tool', id, argv: words });
  };
  return process_;
}
