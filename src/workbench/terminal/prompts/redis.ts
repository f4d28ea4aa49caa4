/** `cache:6379>`: each line a command, on a connection of its own. */
import { fieldsOf, listOf } from '../../session/shape.ts';
import { type Call, CommandError } from '../command.ts';
import { execute } from '../commands/execute.ts';
import type { Prompt } from './prompt.ts';

/** As redis-cli completes them; the first words of Redis's own command table. */
export const REDIS_COMMANDS =
  'GET SET MGET MSET DEL EXISTS EXPIRE TTL INCR DECR KEYS SCAN TYPE HGET HSET HGETALL LPUSH RPUSH LRANGE LLEN SADD SMEMBERS ZADD ZRANGE XADD XRANGE XLEN INFO DBSIZE FLUSHALL CLIENT CONFIG MEMORY OBJECT PING MONITOR'.split(
    ' ',
  );

/** They are of one connection; here the next line has another. */
const OF_CONNECTION = /^(?:MULTI|EXEC|DISCARD|WATCH|UNWATCH)$/i;
/** Keys that Tab knows. */
const KEYS = 200;

export function redisPrompt(call: Call, service: string, replica: number, options: readonly string[]): Prompt {
  let db = 0;
  let password: readonly string[] = [];
  let keys: readonly string[] = [];
  const run = (to: Call, words: readonly string[]) =>
    execute(to, service, ['redis-cli', '--no-raw', ...options, ...password, '-n', String(db), ...words], replica);
  const learn = async () => {
    const found = await call.session.run.look(service, ['lab-keys', '*', String(KEYS)], replica).catch(() => null);
    keys = listOf(fieldsOf(found?.value).keys).flatMap((each) => {
      const { key } = fieldsOf(each);
      return typeof key === 'string' ? [key] : [];
    });
  };
  void learn();
  return {
    name: 'redis-cli',
    get sign() {
      return `${service}:6379${db === 0 ? '' : `[${db}]`}>`;
    },
    leaveWord: 'exit',
    async enter(line, to) {
      const words = splitArguments(line);
      if (words === null) throw new CommandError('Invalid argument(s)');
      const [first = ''] = words;
      if (/^(?:quit|exit)$/i.test(first)) return true;
      if (first === '') return false;
      if (OF_CONNECTION.test(first)) throw new CommandError(to.text.ownConnection(first.toUpperCase()));
      const status = await run(to, words);
      void learn();
      if (status === 0 && /^select$/i.test(first) && /^\d{1,2}$/.test(words[1] ?? '')) db = Number(words[1]);
      if (status === 0 && /^auth$/i.test(first)) password = ['-a', words.at(-1)!];
      return false;
    },
    reset() {},
    complete: (line) => (/^\s*\S*$/.test(line) ? [...REDIS_COMMANDS, 'exit', 'quit'] : keys),
  };
}

/** As redis-cli's sdssplitargs: quotes group, "\n" and "\x41" are known between double ones; null when one stays open. */
export function splitArguments(line: string): readonly string[] | null {
  const words: string[] = [];
  let i = 0;
  for (;;) {
    while (/\s/.test(line[i] ?? '')) i++;
    if (i >= line.length) return words;
    let word = '';
    for (; i < line.length && !/\s/.test(line[i]!); i++) {
      const quote = line[i]!;
      if (quote !== '"' && quote !== "'") {
        word += quote;
        continue;
      }
      for (i++; line[i] !== quote; i++) {
        if (i >= line.length) return null;
        if (line[i] !== '\\') word += line[i];
        else if (quote === "'") word += line[i + 1] === "'" ? line[++i] : '\\';
        else {
          const code = /^x([0-9a-f]{2})/i.exec(line.slice(i + 1, i + 4))?.[1];
          word +=
            code === undefined
              ? (ESCAPES[line[i + 1] ?? ''] ?? line[i + 1] ?? '')
              : String.fromCharCode(Number.parseInt(code, 16));
          i += code === undefined ? 1 : 3;
        }
      }
    }
    words.push(word);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };
