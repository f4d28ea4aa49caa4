/** Connections on the left, what went over the chosen one on the right, its bytes below. Captures while it is open. */
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatBytes, formatClock, formatCount } from '../session/format.ts';
import { Icon } from '../ui/Icon.tsx';
import { hexRows } from './hex.ts';
import { type Entry, entriesOf, linkOf, Streams, type Wire } from './streams.ts';
import { type InspectorTexts, inspectorTexts } from './texts.ts';
import './inspector.css';

const WIRES_SHOWN = 120;
const ENTRIES_SHOWN = 400;

export function InspectorPanel() {
  const { run } = useSession();
  const text = useText(inspectorTexts);
  const { capture } = run;
  const streams = useMemo(() => new Streams(), [run.record]);
  const link = useSignal('');
  const chosen = useSignal<number | null>(null);
  const opened = useSignal<string | null>(null);
  const follows = useSignal(true);
  const list = useRef<HTMLDivElement>(null);
  /** While somebody points at the list it does not move away. */
  const isHeld = useRef(false);
  void run.version.value;
  void capture.version.value;
  streams.follow(capture, (id) => run.record.world.operations.connectionOf(id));
  const pastMs = run.past.atMs.value;
  const all = [...streams.wires.values()];
  const links = [...new Set(all.map(linkOf))].sort();
  const fitting = all.filter((wire) => link.value === '' || linkOf(wire) === link.value);
  // Open ones keep their places; of those that are over the newest come first.
  const shown = [...fitting.filter(isOpen), ...fitting.filter((wire) => !isOpen(wire)).reverse()].slice(0, WIRES_SHOWN);
  const wire = shown.find(({ id }) => id === chosen.value) ?? null;
  const { protocol, entries } = wire === null ? { protocol: null, entries: [] } : entriesOf(wire, pastMs ?? undefined);
  const last = entries.slice(-ENTRIES_SHOWN);
  const entry = last.find(({ key }) => key === opened.value) ?? null;

  useEffect(() => {
    capture.isOn.value = true;
    return () => {
      capture.isOn.value = false;
    };
  }, [capture]);
  useLayoutEffect(() => {
    if (!follows.value || isHeld.current || entry !== null || list.current === null) return;
    list.current.scrollTop = list.current.scrollHeight;
  }, [last.at(-1)?.key, wire?.id]);

  if (!run.isLive.value && all.length === 0) return <p class="lb-empty">{text.notRunning}</p>;
  return (
    <div class="lb-inspector lb-panel">
      <div class="lb-panel-bar">
        <label>
          <span class="lb-label">{text.link}</span>
          <select
            value={link.value}
            onChange={(event) => {
              link.value = event.currentTarget.value;
            }}
          >
            <option value="">{text.all}</option>
            {links.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button
          type="button"
          aria-pressed={capture.isOn.value}
          onClick={() => {
            capture.isOn.value = !capture.isOn.value;
          }}
        >
          {capture.isOn.value ? text.pause : text.resume}
        </button>
        <span class="lb-spacer" />
        <span class="lb-count">
          {text.packets(formatCount(capture.packets.length))}
          {capture.dropped > 0 ? ` · ${text.dropped(formatCount(capture.dropped))}` : ''}
        </span>
        <label class="lb-checkbox">
          <input
            type="checkbox"
            checked={follows.value}
            onChange={(event) => {
              follows.value = event.currentTarget.checked;
            }}
          />
          {text.follow}
        </label>
      </div>
      {all.length === 0 ? (
        <p class="lb-empty">{capture.isOn.value ? text.nothing : text.stopped}</p>
      ) : (
        <div class="lb-wires">
          <WireList
            wires={shown}
            chosen={wire?.id ?? null}
            text={text}
            onChoose={(id) => {
              chosen.value = id;
              opened.value = null;
            }}
          />
          <section class="lb-wire" aria-label={wire === null ? text.connection : text.entries(linkOf(wire))}>
            {wire === null ? (
              <p class="lb-empty">{text.choose}</p>
            ) : (
              <>
                <p class="lb-wire-head">
                  <strong>
                    {wire.from} → {wire.to}
                    {wire.port === 0 ? '' : `:${wire.port}`}
                  </strong>
                  <span class="lb-quiet">{protocol ?? text.protocolUnknown}</span>
                </p>
                <div
                  ref={list}
                  class="lb-entries"
                  onPointerEnter={() => {
                    isHeld.current = true;
                  }}
                  onPointerLeave={() => {
                    isHeld.current = false;
                  }}
                >
                  <ol>
                    {last.map((each) => (
                      <li key={each.key}>
                        <EntryLine
                          entry={each}
                          wire={wire}
                          text={text}
                          isOpen={each.key === opened.value}
                          onOpen={() => {
                            opened.value = each.key === opened.value ? null : each.key;
                          }}
                        />
                      </li>
                    ))}
                  </ol>
                </div>
                {entry === null ? null : (
                  <Message
                    entry={entry}
                    text={text}
                    onClose={() => {
                      opened.value = null;
                    }}
                  />
                )}
              </>
            )}
          </section>
        </div>
      )}
    </div>
  );
}

function WireList(props: {
  readonly wires: readonly Wire[];
  readonly chosen: number | null;
  readonly text: InspectorTexts;
  readonly onChoose: (id: number) => void;
}) {
  const { wires, chosen, text, onChoose } = props;
  return (
    <div class="lb-wire-list">
      <table aria-label={text.connections}>
        <thead>
          <tr>
            <th scope="col">{text.connection}</th>
            <th scope="col">{text.state}</th>
            <th scope="col" class="lb-wire-number">
              {text.sent}
            </th>
            <th scope="col" class="lb-wire-number">
              {text.received}
            </th>
            <th scope="col" class="lb-wire-number">
              {text.lost}
            </th>
          </tr>
        </thead>
        <tbody>
          {wires.map((wire) => (
            <tr key={wire.id} class={wire.id === chosen ? 'lb-wire-chosen' : undefined}>
              <th scope="row">
                <button
                  type="button"
                  class="lb-link"
                  aria-current={wire.id === chosen ? 'true' : undefined}
                  onClick={() => onChoose(wire.id)}
                >
                  {wire.from} → {wire.to}
                </button>
                <span class="lb-quiet"> {wire.id}</span>
              </th>
              <td class={isBad(wire) ? 'lb-bad' : undefined}>{text.states[wire.state]}</td>
              <td class="lb-wire-number">{formatBytes(wire.bytesOut)}</td>
              <td class="lb-wire-number">{formatBytes(wire.bytesIn)}</td>
              <td class={`lb-wire-number${wire.lost > 0 ? ' lb-bad' : ''}`}>{wire.lost === 0 ? '' : wire.lost}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function isOpen({ state }: Wire): boolean {
  return state === 'open' || state === 'connecting';
}

function isBad({ state }: Wire): boolean {
  return state === 'refused' || state === 'timed-out' || state === 'reset';
}

function EntryLine(props: {
  readonly entry: Entry;
  readonly wire: Wire;
  readonly text: InspectorTexts;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
}) {
  const { entry, wire, text, isOpen, onOpen } = props;
  const words = titleOf(entry, text);
  const arrow = entry.side === null ? '·' : entry.side === 'client' ? '→' : '←';
  const source = entry.side === null ? '' : text.from(entry.side === 'client' ? wire.from : wire.to);
  const line = (
    <>
      <span class="lb-time">{formatClock(entry.atMs)}</span>
      <span class="lb-entry-arrow" aria-hidden="true">
        {arrow}
      </span>
      <span class="lb-sr-only">{source}</span>
      <span class="lb-entry-title">{words}</span>
      <span class="lb-entry-size">{entry.size === 0 ? '' : formatBytes(entry.size)}</span>
    </>
  );
  const kind = `lb-entry lb-entry-${entry.kind}${entry.side === 'server' ? ' lb-entry-in' : ''}${entry.isBad ? ' lb-bad' : ''}`;
  // Without bytes there is nothing to open.
  if (entry.bytes.length === 0) return <p class={kind}>{line}</p>;
  return (
    <button type="button" class={kind} aria-expanded={isOpen} onClick={onOpen}>
      {line}
    </button>
  );
}

function titleOf(entry: Entry, text: InspectorTexts): string {
  switch (entry.kind) {
    case 'state':
      return text.stateTitles[entry.title as keyof typeof text.stateTitles] ?? entry.title;
    case 'lost':
      return entry.title === 'SYN' ? text.lostSyn : text.lostPacket(formatBytes(entry.size));
    case 'repeated':
      return entry.title === 'SYN' ? text.repeatedSyn : text.repeated(formatBytes(entry.size));
    case 'fin':
      return text.fin;
    case 'rst':
      return text.rst;
    case 'raw':
      return text.raw(String(entry.size));
    default:
      return entry.title;
  }
}

const HEX_BYTES_MAX = 1024;

function Message({
  entry,
  text,
  onClose,
}: {
  readonly entry: Entry;
  readonly text: InspectorTexts;
  readonly onClose: () => void;
}) {
  const { detail, title, bytes } = entry;
  return (
    <section class="lb-message" aria-label={titleOf(entry, text)}>
      <header>
        <strong>{titleOf(entry, text)}</strong>
        <button type="button" class="lb-icon-button" aria-label={text.close} onClick={onClose}>
          <Icon name="close" size={14} />
        </button>
      </header>
      <div class="lb-message-parts">
        {detail === '' || detail === title ? null : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must be reachable by keyboard for that
          <pre class="lb-message-text" tabIndex={0}>
            {detail}
          </pre>
        )}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must be reachable by keyboard for that */}
        <pre class="lb-message-hex" tabIndex={0}>
          {hexRows(bytes, 16, HEX_BYTES_MAX).map(({ offset, hex, text: ascii }) => (
            <span key={offset}>
              <i>{offset}</i> {hex} <b>{ascii}</b>
              {'\n'}
            </span>
          ))}
          {bytes.length > HEX_BYTES_MAX ? text.more(formatBytes(HEX_BYTES_MAX), formatBytes(bytes.length)) : ''}
        </pre>
      </div>
    </section>
  );
}
