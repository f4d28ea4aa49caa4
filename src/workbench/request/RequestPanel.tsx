/** Sends single requests into the running system, from outside. */
import { useText } from '../i18n/dictionary.ts';
import type { Exchange } from '../session/client.ts';
import { useSession } from '../session/context.ts';
import { formatClock, formatMs } from '../session/format.ts';
import { Icon } from '../ui/Icon.tsx';
import { RequestMark } from '../ui/RequestMark.tsx';
import { requestTexts } from './texts.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export function RequestPanel() {
  const { client, run } = useSession();
  const text = useText(requestTexts);
  const isLive = run.isLive.value;
  const history = client.history.value;
  const shown = history.find((each) => each.seq === client.shown.value) ?? history[0];
  const hasBody = client.method.value !== 'GET' && client.method.value !== 'DELETE';
  return (
    <div class="lb-request lb-panel">
      <form
        class="lb-request-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (isLive) void client.send();
        }}
      >
        <div class="lb-panel-bar">
          <select
            aria-label={text.method}
            value={client.method.value}
            onChange={(event) => {
              client.method.value = event.currentTarget.value;
            }}
          >
            {METHODS.map((method) => (
              <option key={method}>{method}</option>
            ))}
          </select>
          <input
            class="lb-url"
            type="url"
            aria-label={text.url}
            value={client.url.value}
            spellcheck={false}
            onInput={(event) => {
              client.url.value = event.currentTarget.value;
            }}
          />
          <button type="submit" class="lb-primary" disabled={!isLive}>
            <Icon name="send" size={14} />
            {text.send}
          </button>
        </div>
        {hasBody ? (
          <textarea
            class="lb-request-body"
            aria-label={text.body}
            placeholder='{ "sku": "mug", "quantity": 1 }'
            rows={4}
            spellcheck={false}
            value={client.body.value}
            onInput={(event) => {
              client.body.value = event.currentTarget.value;
            }}
          />
        ) : null}
        <details class="lb-request-headers" open={client.headers.value !== ''}>
          <summary>{text.headers}</summary>
          <textarea
            class="lb-request-body"
            aria-label={text.headers}
            placeholder="accept: application/json"
            rows={2}
            spellcheck={false}
            value={client.headers.value}
            onInput={(event) => {
              client.headers.value = event.currentTarget.value;
            }}
          />
        </details>
      </form>
      {isLive ? null : <p class="lb-notice">{text.notRunning}</p>}
      <div class="lb-request-split">
        <div class="lb-reply" aria-live="polite">
          {shown === undefined ? <p class="lb-empty">{text.empty}</p> : <ReplyView exchange={shown} />}
        </div>
        {history.length === 0 ? null : (
          <div class="lb-history">
            <h3 class="lb-label">{text.history}</h3>
            <ol>
              {history.map((exchange) => (
                <li key={exchange.seq}>
                  <button
                    type="button"
                    aria-current={exchange === shown ? 'true' : undefined}
                    onClick={() => client.recall(exchange)}
                  >
                    <span class="lb-time">{formatClock(exchange.sentMs)}</span>
                    <Status exchange={exchange} />
                    <span class="lb-history-url">
                      {exchange.spec.method} {exchange.spec.url.replace(/^https?:\/\//, '')}
                    </span>
                  </button>
                </li>
              ))}
            </ol>
          </div>
        )}
      </div>
    </div>
  );
}

function ReplyView({ exchange }: { readonly exchange: Exchange }) {
  const text = useText(requestTexts);
  const { reply, error } = exchange;
  if (reply === null) return <p class="lb-empty">{error === undefined ? text.sending : text.noReply(error)}</p>;
  return (
    <>
      <p class="lb-reply-head">
        {reply.requestId > 0 ? <RequestMark root={reply.requestId} /> : null}
        <Status exchange={exchange} />
        <span>{text.took(formatMs(reply.durationMs))}</span>
      </p>
      {reply.status === 0 ? null : (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must be reachable by keyboard for that */}
          <pre class="lb-reply-body" tabIndex={0}>
            {reply.body === '' ? text.noBody : pretty(reply.body)}
          </pre>
          <details>
            <summary>{text.headers}</summary>
            <dl class="lb-headers">
              {Object.entries(reply.headers).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </details>
        </>
      )}
    </>
  );
}

function Status({ exchange }: { readonly exchange: Exchange }) {
  const { reply, error } = exchange;
  if (reply === null) return <span class="lb-status">{error === undefined ? '…' : '–'}</span>;
  const isBad = reply.status === 0 || reply.status >= 500;
  return <span class={`lb-status ${isBad ? 'lb-bad' : 'lb-ok'}`}>{reply.status || (reply.error ?? '✕')}</span>;
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
