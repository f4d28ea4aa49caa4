/** A PostgreSQL: its tables, who does what in it, who waits for whom, and a place to ask. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { useRun } from '../session/context.ts';
import { formatCount, formatMs } from '../session/format.ts';
import { type PgResult, query, readPostgres } from './read/postgres.ts';
import { State } from './State.tsx';
import { Figures, Table } from './Table.tsx';
import { storesTexts } from './texts.ts';
import { useWatch } from './useWatch.ts';
import type { ViewProps } from './view.ts';

type Asked = { readonly state: 'waits' } | { readonly result: PgResult } | { readonly error: string };

export function PostgresView({ store, replicaNumber, replica }: ViewProps) {
  const run = useRun();
  const text = useText(storesTexts);
  const words = text.postgres;
  const box = useRef<HTMLDivElement>(null);
  const sql = useSignal('');
  const asked = useSignal<Asked | null>(null);
  const watched = useWatch(box, store.name, replicaNumber, readPostgres, '');
  const { shown, watch } = watched;
  const ask = async (statement: string) => {
    if (statement.trim() === '' || !run.isLive.value) return;
    const mine: Asked = { state: 'waits' };
    asked.value = mine;
    let answer: Asked;
    try {
      const exec = async (...argv: readonly string[]) => {
        const result = await run.exec(store.name, argv, replicaNumber);
        if (result === null) throw new Error(text.notRunning);
        if (result.status !== 0) throw new Error(result.stderr.trim());
        return result;
      };
      answer = { result: await query(exec, statement) };
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) };
    }
    // A later statement has taken its place.
    if (asked.value === mine) asked.value = answer;
    watch.look(true);
  };
  const { figures = {} } = replica ?? {};
  const waiting = figures['waiting for locks'] ?? 0;
  const idleInTransaction = figures['idle in transaction'] ?? 0;
  return (
    <div ref={box} class="lb-store">
      <Figures
        all={[
          { label: words.connections, value: formatCount(figures.connections ?? 0) },
          { label: words.active, value: formatCount(figures.active ?? 0) },
          {
            label: words.idleInTransaction,
            value: formatCount(idleInTransaction),
            ...(idleInTransaction > 0 ? { tone: 'warm' as const } : {}),
          },
          {
            label: words.waitingForLocks,
            value: formatCount(waiting),
            ...(waiting > 0 ? { tone: 'hot' as const } : {}),
          },
          { label: words.rows, value: formatCount(figures.rows ?? 0) },
        ]}
      />
      <form
        class="lb-store-ask"
        onSubmit={(event) => {
          event.preventDefault();
          void ask(sql.value);
        }}
      >
        <textarea
          rows={2}
          aria-label={words.statement}
          placeholder="SELECT …"
          title={words.alone}
          spellcheck={false}
          value={sql.value}
          onInput={(event) => {
            sql.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void ask(sql.value);
          }}
        />
        <button type="submit" disabled={!run.isLive.value}>
          {words.run}
        </button>
      </form>
      {asked.value === null ? null : (
        <section class="lb-store-detail" aria-live="polite" aria-label={words.statement}>
          <Answer asked={asked.value} />
        </section>
      )}
      <div class="lb-store-head">
        <h3>{words.tables}</h3>
        <State watched={watched} replica={replica} />
      </div>
      {shown === null ? null : (
        <>
          <Table
            label={words.tables}
            empty={words.noTables}
            columns={[{ name: words.table }, { name: words.rows, isNumber: true }]}
            rows={shown.value.tables.map(({ name, rows }) => ({
              key: name,
              cells: [
                <button
                  key="open"
                  type="button"
                  class="lb-link"
                  aria-label={words.show(name)}
                  onClick={() => {
                    sql.value = `SELECT * FROM ${name} LIMIT 50`;
                    void ask(sql.value);
                  }}
                >
                  {name}
                </button>,
                formatCount(rows),
              ],
            }))}
          />
          <div class="lb-store-head">
            <h3>{words.sessions}</h3>
          </div>
          <Table
            label={words.sessions}
            empty={words.noSessions}
            columns={[
              { name: words.pid, isNumber: true },
              { name: words.state },
              { name: words.transaction, isNumber: true },
              { name: words.wait },
              { name: words.query, isWide: true },
            ]}
            rows={shown.value.sessions.map((session) => ({
              key: String(session.pid),
              ...(session.isWaitingForLock
                ? { tone: 'hot' as const }
                : session.state.startsWith('idle in')
                  ? { tone: 'warm' as const }
                  : {}),
              cells: [
                session.pid,
                session.state,
                Number.isNaN(session.transactionS) ? '' : formatMs(session.transactionS * 1000),
                session.blockedBy.length > 0
                  ? words.blockedBy(session.blockedBy.join(', '))
                  : session.wait.replace('Client: ClientRead', ''),
                session.query,
              ],
            }))}
          />
          <div class="lb-store-head">
            <h3>{words.locks}</h3>
          </div>
          <Table
            label={words.locks}
            empty={words.noLocks}
            columns={[
              { name: words.pid, isNumber: true },
              { name: words.on },
              { name: words.mode },
              { name: words.state, isWide: true },
            ]}
            rows={shown.value.locks.map((lock, index) => ({
              key: `${index} ${lock.pid} ${lock.on} ${lock.mode}`,
              ...(lock.isGranted ? {} : { tone: 'hot' as const }),
              cells: [lock.pid, lock.on, lock.mode, lock.isGranted ? words.granted : words.waiting],
            }))}
          />
        </>
      )}
    </div>
  );
}

function Answer({ asked }: { readonly asked: Asked }) {
  const words = useText(storesTexts).postgres;
  if ('state' in asked) return <p class="lb-quiet">{words.running}</p>;
  if ('error' in asked) return <pre class="lb-bad">{asked.error}</pre>;
  const { columns, rows, tag } = asked.result;
  if (columns.length === 0) return <pre>{tag}</pre>;
  return (
    <Table
      label={words.statement}
      empty={words.noRows}
      columns={columns.map((name) => ({ name }))}
      rows={rows.map((cells, index) => ({ key: String(index), cells }))}
    />
  );
}
