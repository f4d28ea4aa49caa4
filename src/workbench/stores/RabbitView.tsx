/** A RabbitMQ: its queues as they fill and drain. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { useRun } from '../session/context.ts';
import { formatBytes, formatCount } from '../session/format.ts';
import { Detail } from './Detail.tsx';
import { type Message, peek, type Queue, readRabbit } from './read/rabbitmq.ts';
import { State } from './State.tsx';
import { Figures, Table } from './Table.tsx';
import { storesTexts } from './texts.ts';
import { useWatch } from './useWatch.ts';
import type { ViewProps } from './view.ts';

/** Messages that fill a bar; it grows by their logarithm, so that the first ones are seen. */
const FULL = 1000;

export function RabbitView({ store, replicaNumber, replica }: ViewProps) {
  const run = useRun();
  const text = useText(storesTexts);
  const words = text.rabbitmq;
  const box = useRef<HTMLDivElement>(null);
  const opened = useSignal<{ readonly queue: string; readonly messages: readonly Message[] | string | null } | null>(
    null,
  );
  const watched = useWatch(box, store.name, replicaNumber, readRabbit, '');
  const { shown } = watched;
  const open = async (queue: string) => {
    opened.value = { queue, messages: null };
    let messages: readonly Message[] | string;
    try {
      messages = await peek(async (...argv) => {
        const result = await run.exec(store.name, argv, replicaNumber);
        if (result === null) throw new Error(text.notRunning);
        if (result.status !== 0) throw new Error(result.stderr.trim());
        return result;
      }, queue);
    } catch (error) {
      messages = error instanceof Error ? error.message : String(error);
    }
    if (opened.value?.queue === queue) opened.value = { queue, messages };
  };
  const { figures = {}, perSecond = {} } = replica ?? {};
  const messages = (kind: string, from: Readonly<Record<string, number>>) =>
    Object.entries(from).reduce((sum, [name, value]) => (name.startsWith(`messages_${kind} `) ? sum + value : sum), 0);
  const tone = ({ isDeadLetter, ready, consumers }: Queue) =>
    isDeadLetter && ready > 0 ? ('hot' as const) : consumers === 0 && ready > 0 ? ('warm' as const) : undefined;
  return (
    <div ref={box} class="lb-store">
      <Figures
        all={[
          { label: words.ready, value: formatCount(messages('ready', figures)) },
          { label: words.unacked, value: formatCount(messages('unacked', figures)) },
          { label: words.connections, value: formatCount(figures.connections ?? 0) },
          { label: words.channels, value: formatCount(figures.channels ?? 0) },
          { label: words.memory, value: formatBytes(figures.memory_bytes ?? 0) },
        ]}
      />
      <div class="lb-store-head">
        <h3>{words.queues}</h3>
        <State watched={watched} replica={replica} />
      </div>
      {opened.value === null ? null : (
        <Detail
          label={words.messages}
          head={<span>{words.peeked(opened.value.queue)}</span>}
          closeLabel={words.close}
          onClose={() => {
            opened.value = null;
          }}
          isLive
        >
          <Messages messages={opened.value.messages} />
        </Detail>
      )}
      {shown === null ? null : (
        <Table
          label={words.queues}
          empty={words.noQueues}
          columns={[
            { name: words.queue },
            { name: words.ready, isNumber: true },
            { name: words.unacked, isNumber: true },
            { name: words.change, isNumber: true },
            { name: words.consumers, isNumber: true },
            { name: words.type },
            { name: words.bindings, isWide: true },
          ]}
          rows={shown.value.queues.map((queue) => {
            // The samples come four times a second; a queue that the reader has not met yet is in none.
            const ready = figures[`messages_ready ${queue.name}`] ?? queue.ready;
            const unacked = figures[`messages_unacked ${queue.name}`] ?? queue.unacked;
            const change =
              (perSecond[`messages_ready ${queue.name}`] ?? 0) + (perSecond[`messages_unacked ${queue.name}`] ?? 0);
            const colour = tone({ ...queue, ready });
            return {
              key: queue.name,
              ...(colour === undefined ? {} : { tone: colour }),
              cells: [
                <span key="name" class="lb-queue-name">
                  <button
                    type="button"
                    class="lb-link"
                    aria-label={words.peek(queue.name)}
                    onClick={() => void open(queue.name)}
                  >
                    {queue.name}
                  </button>
                  {queue.isDeadLetter ? <span class="lb-tag">{words.deadLetter}</span> : null}
                </span>,
                <Depth key="ready" count={ready} kind="ready" />,
                <Depth key="unacked" count={unacked} kind="unacked" />,
                change === 0 ? '' : `${change > 0 ? '+' : '−'}${formatCount(Math.abs(change))}/s`,
                queue.consumers === 0 && ready > 0 ? `0, ${words.noConsumer}` : queue.consumers,
                queue.type,
                [
                  ...queue.bindings,
                  ...(queue.deadLettersTo === '' ? [] : [words.deadLettersTo(queue.deadLettersTo)]),
                ].join(', '),
              ],
            };
          })}
        />
      )}
    </div>
  );
}

function Depth({ count, kind }: { readonly count: number; readonly kind: 'ready' | 'unacked' }) {
  const filled = Math.min(1, Math.log1p(count) / Math.log1p(FULL));
  return (
    <span class={`lb-depth lb-depth-${kind}`}>
      <span class="lb-store-bar" aria-hidden="true">
        <span style={{ width: `${filled * 100}%` }} />
      </span>
      {formatCount(count)}
    </span>
  );
}

function Messages({ messages }: { readonly messages: readonly Message[] | string | null }) {
  const text = useText(storesTexts);
  const words = text.rabbitmq;
  if (messages === null) return <p class="lb-quiet">{text.asking}</p>;
  if (typeof messages === 'string') return <pre class="lb-bad">{messages}</pre>;
  if (messages.length === 0) return <p class="lb-quiet">{words.none}</p>;
  return (
    <ol class="lb-messages">
      {messages.map((message, index) => (
        // Messages have no identity but their place in the queue.
        <li key={index}>
          <p>
            <code>{message.exchange === '' ? message.routingKey : `${message.exchange} → ${message.routingKey}`}</code>
            {message.isRedelivered ? <span class="lb-tag">{words.redelivered}</span> : null}
          </p>
          <pre>{message.payload}</pre>
          {message.headers === '' ? null : <pre class="lb-quiet">{message.headers}</pre>}
        </li>
      ))}
    </ol>
  );
}
