/** Between replies and values of Lua. */
import { formatDouble, narrow, parseInt64 } from '../numbers.ts';
import {
  BigNumber,
  BooleanReply,
  DoubleReply,
  Failure,
  MapReply,
  NIL_ARRAY,
  Push,
  type Reply,
  SetReply,
  Several,
  Status,
  Verbatim,
} from '../reply.ts';
import { Table, type Value } from './values.ts';

const withField = (name: string, value: Value): Table => {
  const table = new Table();
  table.set(name, value);
  return table;
};

/** What `redis.call` returns; `protocol` as the script chose with `redis.setresp`. */
export function toLua(reply: Reply, protocol: 2 | 3): Value {
  if (reply === null || reply === undefined || reply === NIL_ARRAY) return protocol === 3 ? undefined : false;
  if (typeof reply === 'string' || typeof reply === 'number') return reply;
  if (typeof reply === 'bigint') return Number(reply);
  if (reply instanceof Status) return withField('ok', reply.text);
  if (reply instanceof Failure) return errorTable(reply.message);
  if (Array.isArray(reply)) return listOf(reply, protocol);
  if (reply instanceof MapReply) {
    if (protocol === 2) return listOf(reply.flat, protocol);
    const map = new Table();
    for (let i = 0; i < reply.flat.length; i += 2) map.set(toLua(reply.flat[i]!, 3), toLua(reply.flat[i + 1], 3));
    return withField('map', map);
  }
  if (reply instanceof SetReply) {
    if (protocol === 2) return listOf(reply.items, protocol);
    const set = new Table();
    for (const item of reply.items) set.set(toLua(item, 3), true);
    return withField('set', set);
  }
  if (reply instanceof DoubleReply) {
    if (protocol === 3) return withField('double', reply.value);
    return formatDouble(reply.value);
  }
  if (reply instanceof BooleanReply) return protocol === 3 ? reply.value : Number(reply.value);
  if (reply instanceof Push || reply instanceof Several) return listOf(reply.items, protocol);
  if (reply instanceof BigNumber) return withField('big_number', reply.text);
  return (reply as Verbatim).text;
}

function listOf(items: readonly Reply[], protocol: 2 | 3): Table {
  const table = new Table();
  items.forEach((item, i) => {
    table.set(i + 1, toLua(item, protocol));
  });
  return table;
}

export function errorTable(message: string): Table {
  const table = withField('err', message);
  table.set('ignore_error_stats_update', true);
  return table;
}

/** What a script returned, as the reply to its caller. */
export function toReply(value: Value, depth = 0): Reply {
  if (value === undefined || value === false) return null;
  if (value === true) return 1;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return toInteger(value);
  if (typeof value === 'function' || depth > 200) return null;
  const error = value.get('err');
  if (typeof error === 'string') return new Failure(oneLine(error));
  const ok = value.get('ok');
  if (typeof ok === 'string') return new Status(oneLine(ok));
  const double = value.get('double');
  if (typeof double === 'number') return new DoubleReply(double);
  const map = value.get('map');
  if (map instanceof Table) {
    const flat: Reply[] = [];
    for (let entry = map.next(undefined); entry; entry = map.next(entry[0]))
      flat.push(toReply(entry[0], depth + 1), toReply(entry[1], depth + 1));
    return new MapReply(flat);
  }
  const set = value.get('set');
  if (set instanceof Table) {
    const items: Reply[] = [];
    for (let entry = set.next(undefined); entry; entry = set.next(entry[0])) items.push(toReply(entry[0], depth + 1));
    return new SetReply(items);
  }
  const big = value.get('big_number');
  if (typeof big === 'string') return new BigNumber(oneLine(big));
  const verbatim = value.get('verbatim_string');
  if (verbatim instanceof Table) {
    const [text, format] = [verbatim.get('string'), verbatim.get('format')];
    if (typeof text === 'string' && typeof format === 'string') return new Verbatim(text, format.slice(0, 3));
  }
  const items: Reply[] = [];
  for (let i = 1; ; i++) {
    const item = value.get(i);
    if (item === undefined) return items;
    items.push(toReply(item, depth + 1));
  }
}

/** As C's cast to a 64-bit integer. */
function toInteger(value: number): Reply {
  if (Number.isNaN(value)) return parseInt64('-9223372036854775808')!;
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) return whole === 0 ? 0 : whole;
  if (whole >= 2 ** 63 || whole < -(2 ** 63)) return parseInt64('-9223372036854775808')!;
  return narrow(BigInt(whole));
}

const oneLine = (text: string) => text.replace(/[\r\n]/g, ' ');
