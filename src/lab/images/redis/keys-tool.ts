/**
 * `lab-keys PATTERN COUNT`: what the keyspace holds, for people who watch it. No command of Redis: SCAN, TYPE and PTTL
 * count as hits and burn CPU, so that looking would change the figures one looks at. This takes its turn and nothing else.
 */
import type { ToolResult } from '../server.ts';
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { globMatch } from './glob.ts';
import type { RedisServer } from './redis-server.ts';

export interface ShownKey {
  readonly key: string;
  readonly db: number;
  readonly type: string;
  /** -1: never. */
  readonly ttlMs: number;
  readonly bytes: number;
  /** The beginning of a string. */
  readonly text?: string;
}

const COUNT_MAX = 500;
const TEXT_MAX = 120;

export function listKeys(server: RedisServer, words: readonly string[]): ToolResult {
  const pattern = encodeUtf8(words[0] ?? '*');
  const count = Math.min(COUNT_MAX, Number(words[1] ?? 100) || 0);
  const nowMs = server.machine.wallMs();
  const keys: ShownKey[] = [];
  let total = 0;
  for (const db of server.databases) {
    for (const [key, { value, expiresAtMs, bytes }] of db.keys.entries()) {
      // Over, and not yet noticed by anybody.
      if (expiresAtMs >= 0 && expiresAtMs <= nowMs) continue;
      if (!globMatch(pattern, key)) continue;
      total++;
      if (keys.length >= count) continue;
      keys.push({
        key: decodeUtf8(key),
        db: db.index,
        type: value.kind,
        ttlMs: expiresAtMs < 0 ? -1 : expiresAtMs - nowMs,
        bytes,
        ...(value.kind === 'string' ? { text: decodeUtf8(value.text.slice(0, TEXT_MAX)) } : {}),
      });
    }
  }
  return { exitCode: 0, stdout: keys.map(({ key }) => `${key}\n`).join(''), stderr: '', value: { total, keys } };
}
