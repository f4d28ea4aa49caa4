/** `tc` for links, `fault` for all that can be broken, and the load. */
import type { FaultSpec } from '../../../engines/engine.ts';
import { formatClock, formatRate, formatShare } from '../../session/format.ts';
import type { WorkbenchSession } from '../../session/session.ts';
import { OUTSIDE } from '../../session/world.ts';
import { type Call, type Command, CommandError } from '../command.ts';
import { durationMs } from '../options.ts';
import { columns } from '../table.ts';
import { names, resolve, services } from './docker.ts';

type LinkFault = Extract<FaultSpec, { from: string }>;

export const tc: Command = {
  name: 'tc',
  usage:
    'tc link FROM TO delay 200ms [jitter 20ms] [loss 5%] [rate 1mbit] [reset 10%] [cut] [for 30s] · tc del FROM TO',
  async run(call) {
    const [verb, ...rest] = call.argv;
    services(call);
    if (verb === 'show' || verb === undefined) return list(call, (fault) => 'from' in fault);
    const [from = '', to = '', ...words] = verb === 'link' || verb === 'add' ? rest : verb === 'del' ? rest : [];
    if (from === '' || to === '') throw new CommandError(`${call.text.usage}: ${tc.usage}`, 2);
    for (const end of [from, to]) if (end !== OUTSIDE) resolve(call, end);
    const { run } = call.session;
    if (verb === 'del') {
      const found = [...run.record.world.faults.active.values()].filter(
        ({ fault }) => 'from' in fault && [fault.from, fault.to].sort().join() === [from, to].sort().join(),
      );
      if (found.length === 0) throw new CommandError(call.text.noLinkFault(from, to));
      for (const { id } of found) await call.wait(run.heal(id));
      call.out(call.text.healed(found.length));
      return 0;
    }
    for (const fault of readLinkFaults(call, from, to, words)) await inject(call, fault);
    return 0;
  },
  complete(words, session) {
    if (words.length === 0) return ['link', 'del', 'show'];
    if (words.length <= 2) return [...names(session), OUTSIDE].filter((name) => name !== words[1]);
    if (words[0] !== 'link') return [];
    const values: Readonly<Record<string, readonly string[]>> = {
      delay: ['200ms', '2s'],
      jitter: ['20ms'],
      loss: ['1%', '5%', '30%'],
      rate: ['1mbit', '100kbps'],
      reset: ['10%', '100%'],
      for: ['10s', '30s'],
    };
    return values[words.at(-1)!] ?? [...Object.keys(values), 'cut', 'oneway'].filter((word) => !words.includes(word));
  },
};

function readLinkFaults(call: Call, from: string, to: string, words: readonly string[]): readonly FaultSpec[] {
  const faults: LinkFault[] = [];
  const forAll: { forMs?: number } = {};
  let jitterMs: number | undefined;
  const wrong = (word: string, value: string) =>
    new CommandError(`${call.text.badValue(word, value)}\n${call.text.usage}: ${tc.usage}`, 2);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const value = words[i + 1] ?? '';
    const time = () => {
      i++;
      const ms = durationMs(value);
      if (!(ms >= 0)) throw wrong(word, value);
      return ms;
    };
    const share = () => {
      i++;
      const probability = shareOf(value);
      if (!(probability >= 0 && probability <= 1)) throw wrong(word, value);
      return probability;
    };
    switch (word) {
      case 'delay':
      case 'latency': {
        const latencyMs = time();
        // As netem has it: `delay 200ms 20ms`.
        if (/^\d/.test(words[i + 1] ?? '')) jitterMs = durationMs(words[++i]!);
        faults.push({ kind: 'latency', from, to, latencyMs });
        break;
      }
      case 'jitter':
        jitterMs = time();
        break;
      case 'loss':
        faults.push({ kind: 'loss', from, to, probability: share() });
        break;
      case 'reset':
        faults.push({ kind: 'reset', from, to, probability: share() });
        break;
      case 'rate': {
        i++;
        const bytesPerSecond = rateOf(value);
        if (!(bytesPerSecond > 0)) throw wrong(word, value);
        faults.push({ kind: 'bandwidth', from, to, bytesPerSecond });
        break;
      }
      case 'cut':
      case 'partition':
        faults.push({ kind: 'partition', from, to });
        break;
      case 'oneway': {
        const last = faults.at(-1);
        if (last?.kind !== 'partition') throw wrong(word, '');
        faults[faults.length - 1] = { ...last, oneWay: true };
        break;
      }
      case 'for':
        i++;
        forAll.forMs = durationMs(value, 's');
        if (!(forAll.forMs > 0)) throw wrong(word, value);
        break;
      default:
        throw wrong(word, '');
    }
  }
  if (jitterMs !== undefined && !faults.some(({ kind }) => kind === 'latency')) throw wrong('jitter', '');
  if (faults.length === 0) throw new CommandError(`${call.text.usage}: ${tc.usage}`, 2);
  return faults.map((fault) => ({
    ...fault,
    ...(fault.kind === 'latency' && jitterMs !== undefined ? { jitterMs } : {}),
    ...forAll,
  }));
}

/** `5%`, `0.05`; NaN for anything else. */
function shareOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  return match === null ? Number.NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
}

/** As tc: `1mbit` counts bits, `100kbps` bytes; a bare number bits. Bytes a second. */
function rateOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(k|m|g)?(bit|bps)?$/i.exec(text);
  if (match === null) return Number.NaN;
  const scale = { k: 1e3, m: 1e6, g: 1e9 }[match[2]?.toLowerCase() ?? ''] ?? 1;
  return (Number(match[1]) * scale) / (match[3]?.toLowerCase() === 'bps' ? 1 : 8);
}

/** Fields of each fault beside where it acts, in the order in which they are typed. */
const KINDS: Readonly<Record<FaultSpec['kind'], readonly string[]>> = {
  kill: ['service'],
  restart: ['service'],
  pause: ['service'],
  refuse: ['service'],
  cpu: ['service', 'perRequestMs'],
  'cpu-throttle': ['service', 'share'],
  'memory-limit': ['service', 'bytes'],
  'crash-at-io': ['service', 'nth'],
  'disk-full': ['service', 'freeBytes?'],
  'slow-disk': ['service', 'delayMs', 'jitterMs?'],
  'clock-skew': ['service', 'offsetMs'],
  'clock-jump': ['service', 'byMs'],
  latency: ['from', 'to', 'latencyMs', 'jitterMs?'],
  loss: ['from', 'to', 'probability'],
  partition: ['from', 'to'],
  reset: ['from', 'to', 'probability?'],
  bandwidth: ['from', 'to', 'bytesPerSecond'],
  timeout: ['from', 'to'],
  'slow-close': ['from', 'to', 'delayMs'],
  'drop-reply': ['from', 'to', 'nth?'],
  'dns-failure': ['from', 'to', 'error?'],
  'dns-delay': ['from', 'to', 'delayMs'],
  'dns-cache': ['from', 'to', 'ttlMs'],
};

export const fault: Command = {
  name: 'fault',
  usage: 'fault list | heal ID… | heal all | kinds | KIND WHERE [VALUE] [for 30s] [after 5s]',
  async run(call) {
    const [verb = 'list', ...rest] = call.argv;
    services(call);
    const { run } = call.session;
    if (verb === 'list') return list(call, () => true);
    if (verb === 'kinds') {
      call.out(
        Object.entries(KINDS)
          .map(([kind, fields]) => [kind, ...fields.map(placeOf)].join(' '))
          .join('\n'),
      );
      return 0;
    }
    if (verb === 'heal') {
      const active = [...run.record.world.faults.active.keys()];
      const ids = rest[0] === 'all' || rest.length === 0 ? active : rest.map(Number);
      for (const id of ids) {
        if (!active.includes(id)) throw new CommandError(call.text.noFault(String(id)));
        await call.wait(run.heal(id));
      }
      call.out(call.text.healed(ids.length));
      return 0;
    }
    if (!Object.hasOwn(KINDS, verb))
      throw new CommandError(`${call.text.noKind(verb)}\n${call.text.usage}: ${fault.usage}`, 2);
    await inject(call, readFault(call, verb as FaultSpec['kind'], rest));
    return 0;
  },
  complete(words, session) {
    const [verb] = words;
    if (verb === undefined) return ['list', 'heal', 'kinds', ...Object.keys(KINDS)];
    if (verb === 'heal') return ['all', ...[...session.run.record.world.faults.active.keys()].map(String)];
    const field = Object.hasOwn(KINDS, verb) ? KINDS[verb as FaultSpec['kind']][words.length - 1] : undefined;
    if (field === 'service') return names(session);
    if (field === 'from' || field === 'to') return [...names(session), OUTSIDE];
    return field === undefined ? ['for', 'after'] : [];
  },
};

function placeOf(field: string): string {
  const name = field.replace('?', '').replace(/Ms$/, '').toUpperCase();
  return field.endsWith('?') ? `[${name}]` : name;
}

function readFault(call: Call, kind: FaultSpec['kind'], argv: readonly string[]): FaultSpec {
  const spec: Record<string, unknown> = { kind };
  const words = [...argv];
  for (const [word, field] of [
    ['for', 'forMs'],
    ['after', 'afterMs'],
    ['every', 'everyMs'],
  ] as const) {
    const at = words.indexOf(word);
    if (at < 0) continue;
    spec[field] = durationMs(words[at + 1] ?? '', 's');
    if (!((spec[field] as number) > 0)) throw new CommandError(call.text.badValue(word, words[at + 1] ?? ''), 2);
    words.splice(at, 2);
  }
  const fields = KINDS[kind];
  for (const [i, name] of fields.entries()) {
    const field = name.replace('?', '');
    const word = words[i];
    if (word === undefined) {
      if (name.endsWith('?')) continue;
      throw new CommandError(`${call.text.usage}: fault ${[kind, ...fields.map(placeOf)].join(' ')}`, 2);
    }
    if (field === 'service' || field === 'from' || field === 'to') {
      if (word !== OUTSIDE) resolve(call, word);
      spec[field] = word;
    } else if (field === 'error') spec[field] = word;
    else {
      const value = field.endsWith('Ms')
        ? (word.startsWith('-') ? -1 : 1) * durationMs(word.replace(/^-/, ''))
        : field === 'probability' || field === 'share'
          ? shareOf(word)
          : field.endsWith('ytes') || field === 'bytesPerSecond'
            ? bytesOf(word)
            : Number(word);
      if (Number.isNaN(value)) throw new CommandError(call.text.badValue(field, word), 2);
      spec[field] = value;
    }
  }
  if (words.length > fields.length) throw new CommandError(call.text.badValue(kind, words[fields.length]!), 2);
  // Each field was read as its kind has it; the engine looks at the values once more.
  return spec as unknown as FaultSpec;
}

/** `64m`, `10k`, `1000`; NaN for anything else. */
function bytesOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmg])?i?b?$/i.exec(text);
  if (match === null) return Number.NaN;
  return Number(match[1]) * ({ k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[match[2]?.toLowerCase() ?? ''] ?? 1);
}

async function inject(call: Call, spec: FaultSpec): Promise<void> {
  const { run } = call.session;
  const id = await call.wait(run.inject(spec));
  if (id === null) throw new CommandError(run.problems.value.at(-1)?.message ?? call.text.refused);
  call.out(call.text.injected(id, spec.kind));
}

function list(call: Call, isWanted: (fault: FaultSpec) => boolean): number {
  const rows = [...call.session.run.record.world.faults.active.values()]
    .filter(({ fault: spec }) => isWanted(spec))
    .map(({ id, text, sinceMs }) => [String(id), formatClock(sinceMs), text]);
  call.out(rows.length === 0 ? call.text.nothingBroken : columns(['ID', 'SINCE', 'FAULT'], rows));
  return 0;
}

export const load: Command = {
  name: 'load',
  usage: 'load start [URL] [--rate 50] [-X POST -d BODY] | stop | status',
  async run(call) {
    services(call);
    const { session } = call;
    const [verb = 'status', ...rest] = call.argv;
    switch (verb) {
      case 'start': {
        session.loadSpec.value = { ...session.loadSpec.value, ...readLoad(call, session, rest) };
        await call.wait(session.run.startLoad(session.loadSpec.value));
        return status(call);
      }
      case 'stop':
        await call.wait(session.run.stopLoad());
        return status(call);
      case 'status':
        return status(call);
      default:
        throw new CommandError(`${call.text.usage}: ${load.usage}`, 2);
    }
  },
  complete: (words, session) =>
    words.length === 0
      ? ['start', 'stop', 'status']
      : words.at(-1) === '--rate'
        ? ['10', '50', '100', '200']
        : ['--rate', '-X', '-d', session.loadSpec.value.url],
};

function readLoad(call: Call, session: WorkbenchSession, argv: readonly string[]) {
  let { url, ratePerSecond } = session.loadSpec.value;
  let { method, body } = session.loadSpec.value;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--rate' || word === '-r') {
      ratePerSecond = Number((argv[++i] ?? '').replace(/\/s$/, ''));
      // The generator's own limit is what one tab can carry.
      if (!(ratePerSecond > 0 && ratePerSecond <= 5000))
        throw new CommandError(call.text.badValue('--rate', argv[i] ?? ''), 2);
    } else if (word === '-X') method = argv[++i];
    else if (word === '-d') {
      body = argv[++i];
      method = method === undefined || method === 'GET' ? 'POST' : method;
    } else url = /^[a-z]+:\/\//i.test(word) ? word : `http://${word}`;
  }
  if (URL.parse(url) === null) throw new CommandError(call.text.badValue('URL', url), 2);
  return { url, ratePerSecond, ...(method === undefined ? {} : { method }), ...(body === undefined ? {} : { body }) };
}

function status(call: Call): number {
  const { run } = call.session;
  const spec = run.load.value;
  const { p50Ms, p99Ms, errorRate } = run.record.world.outside.summary(10);
  if (spec === null) call.out(call.text.noLoad);
  else {
    call.out(
      `${spec.method ?? 'GET'} ${spec.url}  ${formatRate(spec.ratePerSecond)}\n` +
        `p50 ${Number.isFinite(p50Ms) ? Math.round(p50Ms) : '–'} ms  p99 ${Number.isFinite(p99Ms) ? Math.round(p99Ms) : '–'} ms  ${formatShare(errorRate)} ${call.text.failed}`,
    );
  }
  return 0;
}
