/** A service: a block whose replicas are its columns. Utilisation fills a column; what waits is ticked off at its foot. */

import { formatCount, formatRate, formatShare } from '../session/format.ts';
import type { Replica } from '../session/replicas.ts';
import { isUp } from '../session/replicas.ts';
import type { Contents } from './contents.ts';
import { penciled } from './geometry.ts';
import { type Member, outsideLength } from './layout.ts';
import { Part } from './Part.tsx';
import { type Stress, stressOfCpu, stressOfQueue, worst } from './stress.ts';

export interface MemberShapeProps {
  readonly member: Member;
  readonly size: 'normal' | 'small';
  /** One entry per replica that compose asks for, also while it does not exist yet. */
  readonly replicas: readonly (Replica | null)[];
  readonly waiting: number;
  /** Of a database, cache, broker or proxy; beside its CPU. */
  readonly contents: Contents | null;
  readonly stress: Stress;
  readonly hatch: (stress: Stress) => string;
  readonly label: string;
  readonly isOpen: boolean;
  readonly onOpen: (element: Element) => void;
}

const COLUMNS_MAX = 6;

export function MemberShape(props: MemberShapeProps) {
  const { member, size, replicas, waiting, contents, stress, hatch, label, isOpen, onOpen } = props;
  const { width, height } = member;
  const isNormal = size === 'normal';
  const head = isNormal ? 24 : 20;
  const foot = isNormal ? 20 : 16;
  const shown = replicas.slice(0, COLUMNS_MAX);
  const room = width - 16;
  const columnWidth = Math.min(
    contents !== null ? 12 : isNormal ? 24 : 18,
    (room - (shown.length - 1) * 4) / Math.max(1, shown.length),
  );
  const gap = shown.length > 1 ? Math.min(12, (room - shown.length * columnWidth) / (shown.length - 1)) : 0;
  const columnsWidth = shown.length * columnWidth + gap * (shown.length - 1);
  // A server's own figures take the middle; its CPU stands at the side, narrower.
  const left = contents === null ? (width - columnsWidth) / 2 : 8;
  const columnHeight = height - head - foot;
  const busiest = Math.max(0, ...replicas.map((replica) => replica?.cpu ?? 0));
  const isRunning = replicas.some((replica) => replica !== null && replica.state !== 'created');
  const transform = `translate(${member.x} ${member.y})`;
  return (
    <>
      <Part class={`lb-member lb-stress-${stress}`} transform={transform} label={label} isOpen={isOpen} onOpen={onOpen}>
        <rect class="lb-member-box" width={width} height={height} />
        {shown.map((replica, index) => (
          <Column
            key={replica?.endpoint ?? `${member.name}-${index + 1}`}
            replica={replica}
            x={left + index * (columnWidth + gap)}
            y={head}
            width={columnWidth}
            height={columnHeight}
            hatch={hatch}
          />
        ))}
        {contents === null ? null : (
          <Holdings
            contents={contents}
            x={left + columnsWidth + 8}
            y={head}
            width={width - left - columnsWidth - 16}
            height={columnHeight}
          />
        )}
        <line class="lb-member-base" x1="0" x2={width} y1={height - foot} y2={height - foot} />
        {stress === 'hot' ? <Crack name={member.name} width={width} height={height} /> : null}
      </Part>
      <g class="lb-member-text" transform={transform}>
        <text
          class="lb-member-name"
          x="8"
          y={isNormal ? 16 : 14}
          textLength={fitted(member.name, width)}
          lengthAdjust="spacingAndGlyphs"
        >
          {member.name}
        </text>
        {isNormal && isRunning ? (
          <text class="lb-member-cpu" x={width - 8} y="16" text-anchor="end">
            {formatShare(busiest)}
          </text>
        ) : null}
        {contents === null ? null : (
          <HoldingsText contents={contents} isNormal={isNormal} x={width - 8} y={head} height={columnHeight} />
        )}
        {replicas.length > COLUMNS_MAX ? (
          <text class="lb-member-cpu" x={width - 8} y={head + columnHeight - 4} text-anchor="end">
            ×{replicas.length}
          </text>
        ) : null}
        {isRunning ? <Waiting count={waiting} width={width} y={height - foot / 2} /> : null}
      </g>
    </>
  );
}

/** What a server holds, as something that fills: a reservoir with its level, or a bar for each queue. */
function Holdings(props: {
  readonly contents: Contents;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}) {
  const { contents, x, y, width, height } = props;
  const { queues, level } = contents;
  if (queues.length > 0) {
    const step = Math.min(12, (width + 2) / queues.length);
    const bar = step - 2;
    const left = x + (width - step * queues.length + 2) / 2;
    return (
      <g class="lb-queues">
        {queues.map(({ name, ready, unacked, share, unackedShare }, index) => {
          // One message is seen, too.
          const all = ready + unacked > 0 ? Math.max(3, share * height) : 0;
          const held = Math.min(all, unackedShare * height);
          const at = left + index * step;
          const stress = stressOfQueue(ready);
          return (
            <g key={name} class={`lb-stress-${stress}`}>
              <rect class="lb-column-box" x={at} y={y} width={bar} height={height} />
              <rect class="lb-queue-ready" x={at} y={y + height - all} width={bar} height={all - held} />
              <rect class="lb-queue-unacked" x={at + 0.5} y={y + height - held} width={bar - 1} height={held} />
            </g>
          );
        })}
      </g>
    );
  }
  if (level === null) return null;
  const filled = Math.min(1, level) * height;
  return (
    <g class={`lb-stress-${level > 0.95 ? 'warm' : 'calm'}`}>
      <rect class="lb-level-box" x={x} y={y} width={width} height={height} />
      <rect class="lb-level-fill" x={x} y={y + height - filled} width={width} height={filled} />
      <path class="lb-level-line" d={`M${x} ${y + height - filled}h${width}`} />
    </g>
  );
}

function HoldingsText(props: {
  readonly contents: Contents;
  readonly isNormal: boolean;
  readonly x: number;
  readonly y: number;
  readonly height: number;
}) {
  const { contents, isNormal, x, y, height } = props;
  if (contents.queues.length > 0) return null;
  // Two lines where they fit; a small block breaks its one figure before the unit.
  const room = height < 27 ? 1 : 2;
  const lines = (
    isNormal
      ? contents.lines.map(({ value, unit, tone }) => ({ text: `${value} ${unit}`, tone }))
      : contents.lines.slice(0, 1).flatMap(({ value, unit, tone }) => [value, unit].map((text) => ({ text, tone })))
  ).slice(0, room);
  const top = y + height / 2 - (lines.length - 1) * 7 + 4;
  return (
    <>
      {lines.map(({ text, tone }, index) => (
        <text
          key={text}
          class={`lb-member-holds${tone === undefined ? '' : ` lb-holds-${tone}`}`}
          x={x - 4}
          y={top + index * 14}
          text-anchor="end"
        >
          {text}
        </text>
      ))}
    </>
  );
}

function Column(props: {
  readonly replica: Replica | null;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly hatch: (stress: Stress) => string;
}) {
  const { replica, x, y, width, height, hatch } = props;
  const state = replica?.state ?? 'created';
  const cpu = replica?.cpu ?? 0;
  const stress = stressOfCpu(cpu);
  // A visible sliver as soon as there is any work, the whole column only at 100 %.
  const filled = isUp(state) && stress !== 'idle' ? Math.max(2, Math.min(1, cpu) * height) : 0;
  const name = replica?.endpoint ?? '';
  return (
    <g class={`lb-column lb-state-${state}`}>
      <rect class="lb-column-box" x={x} y={y} width={width} height={height} />
      <g class={`lb-stress-${stress}`}>
        <rect class="lb-column-fill" x={x} y={y + height - filled} width={width} height={filled} />
        <rect x={x} y={y + height - filled} width={width} height={filled} fill={hatch(stress)} />
      </g>
      {state === 'paused' ? (
        <path
          class="lb-pencil lb-pencil-thick"
          d={`M${x + width * 0.36} ${y + height * 0.3}v${height * 0.4}M${x + width * 0.64} ${y + height * 0.3}v${height * 0.4}`}
        />
      ) : null}
      {state === 'exited' ? (
        <path
          class="lb-pencil"
          d={
            penciled(
              [
                { x: x - 3, y: y - 2 },
                { x: x + width + 3, y: y + height + 2 },
              ],
              name,
            ) +
            penciled(
              [
                { x: x + width + 3, y: y - 2 },
                { x: x - 3, y: y + height + 2 },
              ],
              `${name}/`,
            )
          }
        />
      ) : null}
      {state === 'unhealthy' ? (
        <path
          class="lb-crack"
          d={`M${x + width * 0.6} ${y}l${-width * 0.3} ${height * 0.3}l${width * 0.25} ${height * 0.12}l${-width * 0.3} ${height * 0.34}`}
        />
      ) : null}
    </g>
  );
}

/** One tick for each request that waits, so that a queue is seen before its number is read. */
function Waiting({ count, width, y }: { readonly count: number; readonly width: number; readonly y: number }) {
  const room = Math.floor((width - 16 - 30) / 4);
  const ticks = Math.min(count, room);
  let path = '';
  for (let i = 0; i < ticks; i++) path += `M${9 + i * 4} ${y - 3.5}v7`;
  const stress = worst(stressOfQueue(count), 'idle');
  return (
    <g class={`lb-waiting lb-stress-${stress}`}>
      <path d={path} />
      {count > room ? <rect x={8} y={y - 3.5} width={room * 4 - 2} height={7} /> : null}
      <text x={width - 8} y={y + 4} text-anchor="end">
        {formatCount(count)}
      </text>
    </g>
  );
}

function Crack({ name, width, height }: { readonly name: string; readonly width: number; readonly height: number }) {
  const points = [0, 0.16, 0.3, 0.5, 0.62, 0.8, 1].map((share, index) => ({
    x: width * (0.72 + (index % 2 === 0 ? -0.035 : 0.045) + index * 0.012),
    y: height * share,
  }));
  return <path class="lb-crack" d={penciled(points, name, 1.6)} />;
}

/** The world outside, drawn as a distributed load: more arrows, more load. */
export function OutsideShape(props: {
  readonly member: Member;
  readonly direction: 'right' | 'down';
  readonly text: string;
  readonly ratePerSecond: number;
}) {
  const { member, direction, text, ratePerSecond } = props;
  const { x, y, width, height } = member;
  const arrows = ratePerSecond <= 0 ? 0 : Math.min(9, 2 + Math.floor(Math.log2(1 + ratePerSecond)));
  const isRight = direction === 'right';
  const long = isRight ? height : outsideLength(member);
  const centre = isRight ? y + height / 2 : x + width / 2;
  let path = '';
  for (let i = 0; i < arrows; i++) {
    const at = centre - long / 2 + 3 + ((long - 6) * (i + 0.5)) / arrows;
    path += isRight ? `M${x + width - 20} ${at}h18m-4 -3l4 3l-4 3` : `M${at} ${y + height - 14}v12m-3 -4l3 4l3 -4`;
  }
  const edge = isRight
    ? `M${x + width - 21} ${centre - long / 2}v${long}M${x + width} ${centre - long / 2}v${long}`
    : `M${centre - long / 2} ${y + height - 15}h${long}M${centre - long / 2} ${y + height}h${long}`;
  return (
    <g class="lb-outside">
      <path d={edge} />
      <path class="lb-outside-arrows" d={path} />
      {isRight ? (
        <>
          <text x={x + width - 28} y={centre - 2} text-anchor="end">
            {text}
          </text>
          <text class="lb-figure-text" x={x + width - 28} y={centre + 13} text-anchor="end">
            {formatRate(ratePerSecond)}
          </text>
        </>
      ) : (
        <text x={centre} y={y + 7} text-anchor="middle">
          {text} · {formatRate(ratePerSecond)}
        </text>
      )}
    </g>
  );
}

/** Squeezes a long name into its block; Plex Mono at 12 px is 7.2 px a letter. */
function fitted(name: string, width: number): number | undefined {
  const room = width - 16;
  return name.length * 7.2 > room ? room : undefined;
}
