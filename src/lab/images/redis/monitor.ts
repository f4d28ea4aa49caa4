/** MONITOR: every command, as it is run, to those who asked. */
import type { Client } from './client.ts';
import type { RedisServer } from './redis-server.ts';
import { Status } from './reply.ts';

export function feedMonitors(server: RedisServer, client: Client, args: readonly string[]): void {
  if (server.monitors.size === 0) return;
  const us = Math.round(server.machine.wallMs() * 1_000);
  const from = client === server.scripts.client ? 'lua' : client.address;
  const at = `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`;
  const line = new Status(`${at} [${client.db} ${from}] ${args.map(quote).join(' ')}`);
  for (const one of server.monitors) {
    one.send(line);
    server.sent(one);
  }
}

const NAMED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x07': '\\a',
  '\b': '\\b',
};

/** As `sdscatrepr`: in double quotes, what cannot be printed as `\xff`. */
export function quote(text: string): string {
  let out = '"';
  for (const c of text) {
    const code = c.charCodeAt(0);
    out += NAMED[c] ?? (code >= 32 && code < 127 ? c : `\\x${code.toString(16).padStart(2, '0')}`);
  }
  return `${out}"`;
}
