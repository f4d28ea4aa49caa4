/** `consul members`, `consul catalog services`, `consul kv get a`: the image's command, beside the agent. */
import type { ToolResult } from '../server.ts';
import { member } from './api/agent.ts';
import type { Parts } from './api/context.ts';
import { fromBase64, fromUtf8, toBase64, utf8 } from './bytes.ts';
import { VERSION } from './cost.ts';
import { sortedMap } from './go/json.ts';
import { lookAtCatalog } from './look-tool.ts';
import type { KeyOperation } from './state/rows.ts';

type Done = (result: ToolResult) => void;

const USAGE =
  'Usage: consul members | catalog services|nodes|datacenters | kv get|put|delete | info | services deregister | operator raft list-peers | leave | version\n';

export function runTool(parts: Parts, argv: readonly string[], onDone: Done) {
  const [program = '', ...words] = argv;
  const flags = words.filter((word) => word.startsWith('-'));
  const plain = words.filter((word) => !word.startsWith('-'));
  const ok = (stdout: string, value?: unknown) => onDone({ exitCode: 0, stdout, stderr: '', value });
  const bad = (stderr: string, exitCode = 1) => onDone({ exitCode, stdout: '', stderr });
  if (program === 'lab-catalog') return onDone(lookAtCatalog(parts, words));
  if (program !== 'consul') return bad(`${program}: command not found\n`, 127);
  const hasFlag = (name: string) => flags.some((flag) => flag.replace(/^-+/, '').split('=')[0] === name);
  const { catalog } = parts.raft.store;
  const needsLeader = (run: () => void) =>
    parts.raft.whenLeader(run, (error) => bad(`Unexpected response code: 500 (${error})\n`));
  switch (plain.slice(0, 2).join(' ')) {
    case 'version':
      return ok(`Consul v${VERSION}\n`, VERSION);
    case 'members': {
      const own = member(parts);
      const rows = [
        ['Node', 'Address', 'Status', 'Type', 'Build', 'Protocol', 'DC', 'Partition', 'Segment'],
        [
          own.Name,
          `${own.Addr}:8301`,
          'alive',
          parts.options.isServer ? 'server' : 'client',
          VERSION,
          '2',
          parts.options.datacenter,
          'default',
          '<all>',
        ],
      ];
      return ok(table(rows), [own]);
    }
    case 'info':
      return ok(info(parts));
    case 'catalog datacenters':
      return ok(`${parts.options.datacenter}\n`, [parts.options.datacenter]);
    case 'catalog services':
      return needsLeader(() => {
        const tags = new Map<string, Set<string>>();
        for (const row of catalog.allServices()) {
          const set = tags.get(row.Service) ?? new Set();
          for (const tag of row.Tags) set.add(tag);
          tags.set(row.Service, set);
        }
        const all = sortedMap([...tags].map(([name, set]) => [name, [...set]] as const));
        const lines = Object.entries(all).map(([name, own]) =>
          hasFlag('tags') ? `${name}    ${own.join(',')}`.trimEnd() : name,
        );
        ok(lines.map((line) => `${line}\n`).join(''), all);
      });
    case 'catalog nodes':
      return needsLeader(() => {
        const rows = catalog
          .allNodes()
          .map((row) => [row.Node, row.ID.slice(0, 8), row.Address, parts.options.datacenter]);
        ok(table([['Node', 'ID', 'Address', 'DC'], ...rows]), catalog.allNodes());
      });
    case 'services deregister': {
      const id =
        flags.map((flag) => /^-+id=(.*)$/.exec(flag)?.[1]).find((each) => each !== undefined) ?? plain[2] ?? '';
      if (parts.local.service(id) === undefined)
        return bad(
          `Error deregistering service "${id}": Unexpected response code: 404 (Unknown service ID "${id}". Ensure that the service ID is passed, not the service name.)\n`,
        );
      parts.local.removeService(id);
      return parts.local.syncChanges(() => ok(`Deregistered service: ${id}\n`));
    }
    case 'operator raft':
      return ok(
        table([
          ['Node', 'ID', 'Address', 'State', 'Voter', 'RaftProtocol'],
          [
            parts.options.nodeName,
            parts.nodeId,
            `${parts.options.address}:8300`,
            parts.raft.isLeader ? 'leader' : 'follower',
            'true',
            '3',
          ],
        ]),
      );
    case 'leave':
      parts.leave();
      return ok('Graceful leave complete\n');
    case 'kv get':
      return needsLeader(() => get(parts, plain[2] ?? '', hasFlag, ok, bad));
    case 'kv put': {
      const [, , Key = '', data = ''] = plain;
      if (Key === '') return bad('Error! Missing KEY argument\n');
      const Value = data === '' ? null : toBase64(utf8(data));
      return write(parts, { ...NONE, verb: 'set', Key, Value }, () => ok(`Success! Data written to: ${Key}\n`), bad);
    }
    case 'kv delete': {
      const Key = plain[2] ?? '';
      const isTree = hasFlag('recurse');
      if (Key === '' && !isTree) return bad('Error! Missing KEY argument\n');
      const text = isTree ? `Success! Deleted keys with prefix: ${Key}\n` : `Success! Deleted key: ${Key}\n`;
      return write(parts, { ...NONE, verb: isTree ? 'delete-tree' : 'delete', Key }, () => ok(text), bad);
    }
    default:
      return bad(USAGE, 127);
  }
}

const NONE = { Flags: '0', Value: null, Session: '', index: 0 } as const;

function get(
  { raft }: Parts,
  key: string,
  hasFlag: (name: string) => boolean,
  ok: (stdout: string, value?: unknown) => void,
  bad: (stderr: string) => void,
) {
  const { keys } = raft.store;
  const textOf = (value: string | null) => fromUtf8(fromBase64(value ?? ''));
  if (hasFlag('keys')) {
    const names = keys.under(key).map((row) => row.Key);
    return ok(names.map((name) => `${name}\n`).join(''), names);
  }
  if (hasFlag('recurse')) {
    const rows = keys.under(key).map((row) => [row.Key, textOf(row.Value)] as const);
    return ok(rows.map(([name, text]) => `${name}:${text}\n`).join(''), Object.fromEntries(rows));
  }
  if (key === '') return bad('Error! Missing KEY argument\n');
  const row = keys.get(key);
  if (row === undefined) return bad(`Error! No key exists at: ${key}\n`);
  ok(`${textOf(row.Value)}\n`, textOf(row.Value));
}

function write({ raft }: Parts, operation: KeyOperation, done: () => void, bad: (stderr: string) => void) {
  const fail = (error: string) => bad(`Error! Unexpected response code: 500 (${error})\n`);
  raft.whenLeader(
    () => raft.propose({ op: 'kv', operation }, (outcome) => ('error' in outcome ? fail(outcome.error) : done())),
    fail,
  );
}

function info({ local, raft, options }: Parts): string {
  const index = String(raft.index);
  const parts: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['agent', { checks: String(local.checks.size), services: String(local.services.size) }],
    ['build', { version: VERSION }],
    ['consul', { known_datacenters: '1', leader: String(raft.isLeader), server: String(options.isServer) }],
    [
      'raft',
      {
        applied_index: index,
        commit_index: index,
        last_log_index: index,
        state: raft.isLeader ? 'Leader' : 'Follower',
      },
    ],
  ];
  return parts
    .map(
      ([name, values]) =>
        `${name}:\n${Object.entries(values)
          .map(([key, value]) => `\t${key} = ${value}\n`)
          .join('')}`,
    )
    .join('');
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
