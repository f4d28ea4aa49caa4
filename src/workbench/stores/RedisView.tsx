/** A Redis: how full, how well it serves, and its keys. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { useRun } from '../session/context.ts';
import { formatBytes, formatCount, formatMs, formatRate, formatShare } from '../session/format.ts';
import { Detail } from './Detail.tsx';
import { KeysHead } from './KeysHead.tsx';
import { type RedisKey, readRedis, valueCommand } from './read/redis.ts';
import { State } from './State.tsx';
import { Figures, Table } from './Table.tsx';
import { storesTexts } from './texts.ts';
import { useWatch } from './useWatch.ts';
import type { ViewProps } from './view.ts';

export function RedisView({ store, replicaNumber, replica }: ViewProps) {
  const run = useRun();
  const text = useText(storesTexts);
  const words = text.redis;
  const box = useRef<HTMLDivElement>(null);
  const pattern = useSignal('*');
  const opened = useSignal<{ readonly key: RedisKey; readonly text: string | null } | null>(null);
  const asked = pattern.value === '' ? '*' : pattern.value;
  const watched = useWatch(box, store.name, replicaNumber, (exec) => readRedis(exec, asked), asked);
  const { shown } = watched;
  const open = async (key: RedisKey) => {
    opened.value = { key, text: null };
    const result = await run.exec(store.name, valueCommand(key), replicaNumber).catch((error: Error) => ({
      stdout: error.message,
      stderr: '',
    }));
    if (opened.value?.key.key === key.key) opened.value = { key, text: (result?.stdout || result?.stderr) ?? '' };
  };
  const { figures = {}, perSecond = {} } = replica ?? {};
  const { keyspace_hits: hits = 0, keyspace_misses: misses = 0 } = figures;
  const rate = share(perSecond.keyspace_hits ?? 0, perSecond.keyspace_misses ?? 0);
  const { used_memory: used = 0, maxmemory = 0, evicted_keys: evicted = 0 } = figures;
  // A key's time to live goes on between two questions.
  const sinceMs = shown === null ? 0 : run.world.nowMs - shown.atMs;
  return (
    <div ref={box} class="lb-store">
      <Figures
        all={[
          {
            label: words.memory,
            value: formatBytes(used),
            note: maxmemory > 0 ? `/ ${formatBytes(maxmemory)}` : words.noLimit,
            ...(maxmemory > 0 ? { filled: used / maxmemory } : {}),
            ...(maxmemory > 0 && used > 0.95 * maxmemory ? { tone: 'warm' as const } : {}),
          },
          {
            label: words.hitRate,
            value: formatShare(rate),
            note: words.hitRateTotal(formatShare(share(hits, misses))),
            ...(Number.isFinite(rate) ? { filled: rate } : {}),
          },
          { label: words.commands, value: formatRate(perSecond.commands ?? Number.NaN) },
          { label: words.clients, value: formatCount(figures.connections ?? 0) },
          { label: words.expired, value: formatCount(figures.expired_keys ?? 0) },
          { label: words.evicted, value: formatCount(evicted), ...(evicted > 0 ? { tone: 'warm' as const } : {}) },
        ]}
      />
      <KeysHead title={words.keys} found={shown?.value ?? null} label={words.pattern} wanted={pattern}>
        <State watched={watched} replica={replica} />
      </KeysHead>
      {opened.value === null ? null : (
        <Detail
          label={opened.value.key.key}
          head={
            <>
              <code>{opened.value.key.key}</code>
              <span class="lb-quiet">{opened.value.key.type}</span>
            </>
          }
          closeLabel={words.close}
          onClose={() => {
            opened.value = null;
          }}
        >
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must be reachable by keyboard for that */}
          <pre tabIndex={0}>{opened.value.text ?? text.asking}</pre>
        </Detail>
      )}
      {shown === null ? null : (
        <Table
          label={words.keys}
          empty={words.empty}
          columns={[
            { name: words.key },
            { name: words.type },
            { name: words.ttl, isNumber: true },
            { name: words.size, isNumber: true },
            { name: words.value, isWide: true },
          ]}
          rows={shown.value.keys.map((key) => ({
            key: `${key.db} ${key.key}`,
            cells: [
              <button
                key="open"
                type="button"
                class="lb-link"
                aria-label={words.show(key.key)}
                onClick={() => void open(key)}
              >
                {key.db === 0 ? key.key : `${key.db}: ${key.key}`}
              </button>,
              key.type,
              key.ttlMs < 0 ? words.never : formatMs(Math.max(0, key.ttlMs - sinceMs)),
              formatBytes(key.bytes),
              key.text ?? '',
            ],
          }))}
        />
      )}
    </div>
  );
}

function share(hits: number, misses: number): number {
  return hits + misses > 0 ? hits / (hits + misses) : Number.NaN;
}
