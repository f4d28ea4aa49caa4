/** A Consul: who is registered, how they are, and the keys. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { useRun } from '../session/context.ts';
import { formatCount } from '../session/format.ts';
import { Detail } from './Detail.tsx';
import { KeysHead } from './KeysHead.tsx';
import { type Health, readConsul } from './read/consul.ts';
import { State } from './State.tsx';
import { Figures, Table } from './Table.tsx';
import { storesTexts } from './texts.ts';
import { useWatch } from './useWatch.ts';
import type { ViewProps } from './view.ts';

const TONES: Readonly<Record<Health, { readonly tone?: 'warm' | 'hot' }>> = {
  passing: {},
  warning: { tone: 'warm' },
  critical: { tone: 'hot' },
};

export function ConsulView({ store, replicaNumber, replica }: ViewProps) {
  const run = useRun();
  const text = useText(storesTexts);
  const words = text.consul;
  const box = useRef<HTMLDivElement>(null);
  const prefix = useSignal('');
  const opened = useSignal<{ readonly key: string; readonly text: string | null } | null>(null);
  const asked = prefix.value;
  const watched = useWatch(box, store.name, replicaNumber, (exec) => readConsul(exec, asked), asked);
  const { shown } = watched;
  const open = async (key: string) => {
    opened.value = { key, text: null };
    const result = await run
      .exec(store.name, ['consul', 'kv', 'get', key], replicaNumber)
      .catch((error: Error) => ({ stdout: error.message, stderr: '' }));
    if (opened.value?.key === key) opened.value = { key, text: (result?.stdout || result?.stderr) ?? '' };
  };
  const { figures = {} } = replica ?? {};
  const { services = 0, keys = 0, sessions = 0 } = figures;
  const [passing = 0, warning = 0, critical = 0] = [
    figures['checks passing'],
    figures['checks warning'],
    figures['checks critical'],
  ];
  return (
    <div ref={box} class="lb-store">
      <Figures
        all={[
          { label: words.instances, value: formatCount(services) },
          { label: words.passing, value: formatCount(passing) },
          { label: words.warning, value: formatCount(warning), ...(warning > 0 ? { tone: 'warm' as const } : {}) },
          { label: words.critical, value: formatCount(critical), ...(critical > 0 ? { tone: 'hot' as const } : {}) },
          { label: words.keys, value: formatCount(keys) },
          { label: words.sessions, value: formatCount(sessions) },
          { label: words.waiting, value: formatCount(figures['blocked queries'] ?? 0) },
        ]}
      />
      <div class="lb-store-head">
        <h3>{words.services}</h3>
        {shown === null || shown.value.isLeader ? null : <span class="lb-tag">{words.noLeader}</span>}
        <State watched={watched} replica={replica} />
      </div>
      {shown === null ? null : (
        <Table
          label={words.services}
          empty={words.noServices}
          columns={[
            { name: words.service },
            { name: words.health },
            { name: words.id },
            { name: words.address },
            { name: words.tags },
            { name: words.checks, isWide: true },
          ]}
          rows={shown.value.instances.map((each) => ({
            key: `${each.node} ${each.id}`,
            ...TONES[each.status],
            cells: [
              each.service,
              `${each.status === 'passing' ? '✓' : each.status === 'warning' ? '!' : '✕'} ${words.healths[each.status]}`,
              each.id,
              each.address,
              each.tags,
              each.checks,
            ],
          }))}
        />
      )}
      <KeysHead title={words.keys} found={shown?.value ?? null} label={words.prefix} wanted={prefix} />
      {opened.value === null ? null : (
        <Detail
          label={opened.value.key}
          head={<code>{opened.value.key}</code>}
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
          empty={words.noKeys}
          columns={[{ name: words.key }, { name: words.lock }, { name: words.value, isWide: true }]}
          rows={shown.value.keys.map(({ key, text: value, isLocked }) => ({
            key,
            cells: [
              <button
                key="open"
                type="button"
                class="lb-link"
                aria-label={words.show(key)}
                onClick={() => void open(key)}
              >
                {key}
              </button>,
              isLocked ? words.held : '',
              value,
            ],
          }))}
        />
      )}
    </div>
  );
}
