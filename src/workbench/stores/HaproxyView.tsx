/** An HAProxy: which servers it sends to, and how they do. */
import { useRef } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { formatCount } from '../session/format.ts';
import { readHaproxy } from './read/haproxy.ts';
import { State } from './State.tsx';
import { Table } from './Table.tsx';
import { storesTexts } from './texts.ts';
import { useWatch } from './useWatch.ts';
import type { ViewProps } from './view.ts';

export function HaproxyView({ store, replicaNumber, replica }: ViewProps) {
  const text = useText(storesTexts);
  const words = text.haproxy;
  const box = useRef<HTMLDivElement>(null);
  const watched = useWatch(box, store.name, replicaNumber, readHaproxy, '');
  const { shown } = watched;
  return (
    <div ref={box} class="lb-store">
      <div class="lb-store-head">
        <h3>{words.servers}</h3>
        <State watched={watched} replica={replica} />
      </div>
      {shown === null ? null : (
        <>
          <Table
            label={words.servers}
            empty={words.noServers}
            columns={[
              { name: words.name },
              { name: words.status },
              { name: words.sessions, isNumber: true },
              { name: words.total, isNumber: true },
              { name: words.queued, isNumber: true },
              { name: words.ok, isNumber: true },
              { name: words.failed, isNumber: true },
              { name: words.retries, isNumber: true },
              { name: words.checksFailed, isNumber: true },
              { name: words.check, isWide: true },
            ]}
            rows={shown.value.rows.map((row) => ({
              key: `${row.proxy}/${row.server}`,
              ...(row.isUp ? (row.queued > 0 ? { tone: 'warm' as const } : {}) : { tone: 'hot' as const }),
              cells: [
                <span key="name" class={`lb-proxy-${row.kind}`}>
                  {row.kind === 'server' ? row.server : row.proxy}
                  {row.kind === 'server' ? null : <span class="lb-tag">{row.server.toLowerCase()}</span>}
                </span>,
                row.status,
                formatCount(row.sessions),
                formatCount(row.sessionsTotal),
                row.kind === 'frontend' ? '' : formatCount(row.queued),
                row.kind === 'backend' ? '' : formatCount(row.ok),
                row.kind === 'backend' ? '' : formatCount(row.failed),
                row.kind === 'server' ? formatCount(row.retries) : '',
                row.kind === 'server' ? formatCount(row.checksFailed) : '',
                row.lastCheck,
              ],
            }))}
          />
          {shown.value.empty > 0 ? <p class="lb-footnote">{words.empty(shown.value.empty)}</p> : null}
        </>
      )}
    </div>
  );
}
