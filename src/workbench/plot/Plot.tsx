/**
 * Lines over virtual time, as charts, verdicts and lesson figures draw them: fault windows shaded, the bound as a
 * dimension line with its number, each line named where it ends and told apart by its dash as well as its tone.
 */
import { useMemo } from 'preact/hooks';
import { formatMs, formatRate, formatShare, formatTick } from '../session/format.ts';
import { useSize, useUid } from '../ui/hooks.ts';
import { linearScale, logScale, niceStep, timeTicks } from './scale.ts';
import { merged, type TimeWindow } from './windows.ts';

export type Tone = 'ink' | 'mid' | 'quiet' | 'hot' | 'accent';

export interface PlotLine {
  readonly name: string;
  readonly tone: Tone;
  /** [virtual ms, value]; a NaN breaks the line. */
  readonly points: readonly (readonly [number, number])[];
  readonly isArea?: boolean;
}

export interface PlotWindow extends TimeWindow {
  readonly text: string;
}

export interface PlotProps {
  readonly title: string;
  readonly unit: 'ms' | '%' | '/s' | '';
  readonly lines: readonly PlotLine[];
  readonly windows: readonly PlotWindow[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Where time has got to: what lasts is shaded up to here. The end of the axis when absent. */
  readonly nowMs?: number;
  readonly height: number;
  readonly bound?: number;
  readonly boundText?: string;
  readonly isLog?: boolean;
  /** The y axis reaches at least here, so that noise does not look like an incident. */
  readonly atLeast?: number;
  /** For those who do not see it. */
  readonly description: string;
  readonly cursorMs?: number | null;
  readonly onCursor?: (ms: number | null) => void;
  /** A moment was chosen by a click; the time axis above offers the same by keyboard. */
  readonly onPick?: ((ms: number) => void) | undefined;
  /** A value is drawn: pressed or dragged on the plot, in place of choosing a moment. */
  readonly onValue?: ((value: number) => void) | undefined;
  readonly hasTimeLabels?: boolean;
}

const LEFT = 54;
const RIGHT = 54;
const TOP = 8;
const dashes: Record<Tone, string | undefined> = {
  ink: undefined,
  hot: undefined,
  accent: undefined,
  mid: '5 3',
  quiet: '1.5 2.5',
};

export function Plot(props: PlotProps) {
  const { title, unit, lines, windows, fromMs, toMs, height, bound, isLog, description, cursorMs, onCursor } = props;
  const [box, { width }] = useSize<HTMLDivElement>();
  const hatch = useUid('lb-hatch');
  const now = props.nowMs ?? toMs;
  const bottom = props.hasTimeLabels === false ? 4 : 18;
  const top = useMemo(
    () => axisTop(lines, bound, props.atLeast ?? 0, isLog === true),
    [lines, bound, props.atLeast, isLog],
  );
  const right = Math.max(LEFT + 20, width - RIGHT);
  const base = height - bottom;
  const x = linearScale(fromMs, Math.max(toMs, fromMs + 1), LEFT, right, 6);
  const y = isLog ? logScale(1, top, base, TOP) : linearScale(0, top, base, TOP, height < 90 ? 2 : 4);
  const xTicks = timeTicks(fromMs, toMs, Math.max(2, (right - LEFT) / 72));
  const timeAt = (event: MouseEvent) => {
    const ms = x.value(event.clientX - (event.currentTarget as Element).getBoundingClientRect().left);
    return ms >= fromMs && ms <= toMs ? ms : null;
  };
  const point = (event: PointerEvent) => onCursor?.(timeAt(event));
  const pick = (event: MouseEvent) => {
    const ms = timeAt(event);
    if (ms !== null) props.onPick?.(ms);
  };
  const draw = (event: PointerEvent) => {
    if (props.onValue === undefined || event.buttons === 0) return;
    const at = event.clientY - (event.currentTarget as Element).getBoundingClientRect().top;
    props.onValue(y.value(Math.max(TOP, Math.min(base, at))));
  };
  const ends = lines
    .map((line) => ({ line, last: line.points.findLast(([, value]) => Number.isFinite(value)) }))
    .filter((each) => each.last !== undefined && lines.length > 1)
    .map(({ line, last }) => ({ name: line.name, look: `lb-plot-name lb-text-${line.tone}`, y: y.at(last![1]) }));
  const boundName =
    bound === undefined
      ? []
      : [{ name: props.boundText ?? formatValue(bound, unit), look: 'lb-bound-name', y: y.at(bound) }];
  const names = spread([...ends, ...boundName], TOP + 4, base - 2);
  return (
    <div ref={box} class="lb-plot" style={{ height }}>
      {width > 0 ? (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the time axis above goes to any moment by keyboard
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${title}. ${description}`}
          style={props.onValue && { cursor: 'ns-resize', touchAction: 'none' }}
          onPointerDown={props.onValue && draw}
          onPointerMove={
            (props.onValue ?? onCursor)
              ? (event) => {
                  draw(event);
                  if (onCursor) point(event);
                }
              : undefined
          }
          onPointerLeave={onCursor && (() => onCursor(null))}
          onClick={props.onPick && props.onValue === undefined ? pick : undefined}
        >
          <defs>
            <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <line x1="0" y1="0" x2="0" y2="6" class="lb-hatch-fault" />
            </pattern>
          </defs>
          {y.ticks.map((tick) => (
            <g key={tick} class="lb-plot-grid">
              <line x1={LEFT} x2={right} y1={y.at(tick)} y2={y.at(tick)} />
              <text x={LEFT - 6} y={y.at(tick) + 3.5} text-anchor="end">
                {formatValue(tick, unit)}
              </text>
            </g>
          ))}
          {props.hasTimeLabels === false
            ? null
            : xTicks.map((tick) => (
                <g key={tick} class="lb-plot-grid">
                  <line x1={x.at(tick)} x2={x.at(tick)} y1={base} y2={base + 3} />
                  <text x={x.at(tick)} y={height - 4} text-anchor={x.at(tick) > right - 14 ? 'end' : 'middle'}>
                    {formatTick(tick)}
                  </text>
                </g>
              ))}
          <svg
            role="presentation"
            x={LEFT}
            y={0}
            width={right - LEFT}
            height={base}
            viewBox={`${LEFT} 0 ${right - LEFT} ${base}`}
          >
            <g class="lb-shade">
              {merged(windows, now).map(([from, to]) => (
                <rect
                  key={from}
                  x={x.at(from)}
                  y={TOP}
                  width={x.at(to) - x.at(from)}
                  height={base - TOP}
                  fill={`url(#${hatch})`}
                />
              ))}
              {windows.map((window, index) => (
                <Edges key={index} window={window} x={x.at} top={TOP} base={base} />
              ))}
            </g>
            {lines.map((line) => (
              <path
                key={line.name}
                class={`lb-line lb-line-${line.tone}${line.isArea ? ' lb-line-area' : ''}`}
                d={pathOf(line, x.at, y.at, base)}
                stroke-dasharray={dashes[line.tone]}
              />
            ))}
          </svg>
          {bound === undefined ? null : (
            <g class="lb-bound">
              <line x1={LEFT} x2={right} y1={y.at(bound)} y2={y.at(bound)} />
              <path d={`M${LEFT - 3} ${y.at(bound) + 3}l6 -6M${right - 3} ${y.at(bound) + 3}l6 -6`} />
            </g>
          )}
          {names.map(({ name, look, y: at }) => (
            <text key={name} class={look} x={right + 6} y={at + 3.5}>
              {name}
            </text>
          ))}
          {cursorMs == null || cursorMs < fromMs || cursorMs > toMs ? null : (
            <line class="lb-cursor" x1={x.at(cursorMs)} x2={x.at(cursorMs)} y1={TOP} y2={base} />
          )}
          <line class="lb-plot-base" x1={LEFT} x2={right} y1={base} y2={base} />
        </svg>
      ) : null}
    </div>
  );
}

/** Where a fault begins and where it is healed. */
function Edges(props: {
  readonly window: PlotWindow;
  readonly x: (ms: number) => number;
  readonly top: number;
  readonly base: number;
}) {
  const { window, x, top, base } = props;
  const edges = window.toMs === null || window.toMs === window.fromMs ? [window.fromMs] : [window.fromMs, window.toMs];
  return (
    <>
      {edges.map((ms) => (
        <line key={ms} x1={x(ms)} x2={x(ms)} y1={top} y2={base}>
          <title>{window.text}</title>
        </line>
      ))}
    </>
  );
}

export function formatValue(value: number, unit: PlotProps['unit']): string {
  if (unit === 'ms') return value >= 1000 && value % 1000 === 0 ? `${value / 1000} s` : formatMs(value);
  if (unit === '%') return formatShare(value / 100);
  if (unit === '/s') return formatRate(value);
  return String(Math.round(value * 100) / 100);
}

function axisTop(lines: readonly PlotLine[], bound: number | undefined, atLeast: number, isLog: boolean): number {
  let max = Math.max(atLeast, (bound ?? 0) * 1.15);
  for (const line of lines) for (const [, value] of line.points) if (value > max) max = value;
  if (isLog) return 10 ** Math.ceil(Math.log10(Math.max(10, max)) - 1e-9);
  const step = niceStep(max / 4);
  return Math.max(step, Math.ceil(max / step - 1e-9) * step);
}

function pathOf(line: PlotLine, x: (ms: number) => number, y: (value: number) => number, base: number): string {
  let path = '';
  let start = Number.NaN;
  let last = Number.NaN;
  const close = () => {
    if (line.isArea && Number.isFinite(start)) path += `L${last.toFixed(1)} ${base}L${start.toFixed(1)} ${base}Z`;
  };
  for (const [ms, value] of line.points) {
    if (!Number.isFinite(value)) {
      close();
      start = Number.NaN;
      continue;
    }
    const px = x(ms);
    path += `${Number.isFinite(start) ? 'L' : 'M'}${px.toFixed(1)} ${y(value).toFixed(1)}`;
    if (!Number.isFinite(start)) start = px;
    last = px;
  }
  close();
  return path;
}

/** Moves names apart so that they can be read when lines end together. */
function spread<T extends { y: number }>(names: readonly T[], min: number, max: number): readonly T[] {
  const gap = 12;
  const sorted = names.map((each) => ({ ...each })).sort((a, b) => a.y - b.y);
  let floor = min;
  for (const each of sorted) {
    each.y = Math.max(each.y, floor);
    floor = each.y + gap;
  }
  let ceiling = max;
  for (const each of sorted.reverse()) {
    each.y = Math.min(each.y, ceiling);
    ceiling = each.y - gap;
  }
  return sorted;
}
