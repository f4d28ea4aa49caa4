/** What belongs to the terminal itself. */
import { type Call, type Command, CommandError } from '../command.ts';
import { FILTERS } from '../filters.ts';
import { durationMs } from '../options.ts';
import { commands } from './index.ts';

export const help: Command = {
  name: 'help',
  usage: 'help [COMMAND]',
  run({ argv: [name], out, text }) {
    const command = commands.find((each) => each.name === name);
    if (name !== undefined && command === undefined) throw new CommandError(text.notFound(name), 127);
    if (command !== undefined) {
      out(`${text.usage}: ${command.usage}\n${text.about[command.name as keyof typeof text.about] ?? ''}`);
      return 0;
    }
    const width = Math.max(...commands.map((each) => each.name.length));
    out(
      [
        ...commands.map((each) => `${each.name.padEnd(width + 2)}${text.about[each.name as keyof typeof text.about]}`),
        '',
        text.pipes(FILTERS.join(', ')),
        text.keys,
      ].join('\n'),
    );
    return 0;
  },
  complete: (words) => (words.length === 0 ? commands.map(({ name }) => name) : []),
};

export const echo: Command = {
  name: 'echo',
  usage: 'echo WORDS…',
  run({ argv, out }) {
    out(`${argv.join(' ')}\n`);
    return 0;
  },
};

export const sleep: Command = {
  name: 'sleep',
  usage: 'sleep 5 | 500ms',
  async run(call) {
    const [text = ''] = call.argv;
    const ms = durationMs(text, 's');
    if (!(ms >= 0)) throw new CommandError(call.text.badValue('sleep', text), 2);
    await virtualTime(call, ms);
    return 0;
  },
};

export const clear: Command = { name: 'clear', usage: 'clear', run: () => 0 };
export const history: Command = { name: 'history', usage: 'history', run: () => 0 };

/** Resolves when so much virtual time has passed; it stands while the run is paused. */
async function virtualTime(call: Call, ms: number): Promise<void> {
  const { run } = call.session;
  if (!run.isLive.value) throw new CommandError(call.text.notRunning);
  const untilMs = run.record.world.nowMs + ms;
  let end = () => {};
  const passed = new Promise<void>((done) => {
    end = run.version.subscribe(() => {
      if (run.record.world.nowMs >= untilMs || !run.isLive.value) done();
    });
  });
  try {
    await call.wait(passed);
  } finally {
    end();
  }
}
