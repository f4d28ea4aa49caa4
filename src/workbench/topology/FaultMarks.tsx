/** Faults as red-pencil annotations where they act: a cut through the beam, a clock on it, a bar before a door. */
import type { FaultSpec } from '../../engines/engine.ts';
import { serviceOf } from '../session/replicas.ts';
import { type FaultTexts, faultMark } from '../ui/fault-text.ts';
import { angleAt, beside, penciled, pointAt, type Track } from './geometry.ts';
import { boxAround, FAULT_SHARE, type Ground, placesAlong, placeText, textWidth } from './labels.ts';
import type { Layout, Member, Point } from './layout.ts';

export interface MarkedFault {
  readonly id: number;
  readonly fault: FaultSpec;
}

export interface FaultMarksProps {
  readonly faults: readonly MarkedFault[];
  readonly layout: Layout;
  readonly tracks: ReadonlyMap<string, Track>;
  readonly texts: FaultTexts;
  /** Where the texts may stand; theirs are added to it. */
  readonly ground: Ground;
}

export function FaultMarks({ faults, layout, tracks, texts, ground }: FaultMarksProps) {
  const stacked = new Map<string, number>();
  for (const { fault } of faults) {
    const key = 'service' in fault ? null : beamOf(fault, tracks);
    if (key !== null) ground.take(boxAround(pointAt(tracks.get(key)!, FAULT_SHARE), GLYPH_PX, GLYPH_PX));
  }
  const next = (key: string) => {
    const index = stacked.get(key) ?? 0;
    stacked.set(key, index + 1);
    return index;
  };
  return (
    <g class="lb-faults">
      {faults.map(({ id, fault }) => {
        if ('service' in fault) {
          const member = layout.members.find((each) => each.name === serviceOf(fault.service));
          return member === undefined ? null : (
            <ServiceFault
              key={id}
              fault={fault}
              member={member}
              index={next(member.name)}
              layout={layout}
              ground={ground}
              text={faultMark(fault, texts)}
            />
          );
        }
        const key = beamOf(fault, tracks);
        const track = key === null ? undefined : tracks.get(key);
        return key === null || track === undefined ? null : (
          <LinkFault
            key={id}
            name={`${key}${id}`}
            fault={fault}
            track={track}
            index={next(key)}
            ground={ground}
            own={key}
            text={faultMark(fault, texts)}
          />
        );
      })}
    </g>
  );
}

/** The beam that a link fault lies on, whichever way it is named. */
export function beamOf(
  fault: { readonly from: string; readonly to: string },
  tracks: ReadonlyMap<string, unknown>,
): string | null {
  const from = serviceOf(fault.from);
  const to = serviceOf(fault.to);
  for (const key of [`${from}→${to}`, `${to}→${from}`]) if (tracks.has(key)) return key;
  return null;
}

function ServiceFault(props: {
  readonly fault: Extract<FaultSpec, { service: string }>;
  readonly member: Member;
  readonly index: number;
  readonly layout: Layout;
  readonly ground: Ground;
  readonly text: string;
}) {
  const { fault, member, index, layout, ground, text } = props;
  const { x, y, width, height } = member;
  const door =
    layout.direction === 'right'
      ? [
          { x: x - 7, y: y + 6 },
          { x: x - 7, y: y + height - 6 },
        ]
      : [
          { x: x + 6, y: y - 7 },
          { x: x + width - 6, y: y - 7 },
        ];
  return (
    <g>
      {fault.kind === 'refuse' ? <path class="lb-pencil lb-pencil-thick" d={penciled(door, member.name)} /> : null}
      {fault.kind === 'cpu' ? (
        <path
          class="lb-pencil"
          d={penciled(
            [
              { x: x + width - 30, y: y - 2 },
              { x: x + width - 26, y: y - 14 },
              { x: x + width - 12, y: y - 14 },
              { x: x + width - 8, y: y - 2 },
              { x: x + width - 30, y: y - 2 },
            ],
            member.name,
            0.8,
          )}
        />
      ) : null}
      <text class="lb-pencil-text" text-anchor="middle" {...serviceTextPlace(member, layout, ground, text, index)}>
        {text}
      </text>
    </g>
  );
}

/** Behind the member, under it, over it: where nothing else stands. */
function serviceTextPlace(member: Member, layout: Layout, ground: Ground, text: string, index: number): Point {
  const { x, y, width, height } = member;
  const wide = textWidth(text);
  const behind = x + width + 8 + wide / 2;
  const under = Math.min(layout.width - 4 - wide / 2, Math.max(4 + wide / 2, x + width / 2));
  const step = index * 13;
  const places: Point[] = [
    { x: behind, y: y + 8 + step },
    { x: behind, y: y + height - 8 - step },
    { x: behind, y: y + height / 2 },
    { x: under, y: y + height + 10 + step },
    { x: under, y: y - 10 - step },
    { x: x - 12 - wide / 2, y: y + 8 + step },
    { x: x - 12 - wide / 2, y: y + height - 8 - step },
  ];
  // Where all is taken it stands on something else rather than not at all.
  const at = placeText(ground, places, wide) ?? { x: under, y: y + height + 10 + step };
  return { x: at.x, y: at.y + 4 };
}

function LinkFault(props: {
  readonly name: string;
  readonly fault: Extract<FaultSpec, { from: string }>;
  readonly track: Track;
  readonly index: number;
  readonly ground: Ground;
  readonly own: string;
  readonly text: string;
}) {
  const { name, fault, track, index, ground, own, text } = props;
  const at = pointAt(track, FAULT_SHARE);
  const angle = angleAt(track, FAULT_SHARE);
  const wide = textWidth(text);
  const place =
    placeText(ground, placesAlong(track, FAULT_SHARE, wide, 15), wide, own) ??
    beside(track, FAULT_SHARE, 1, 15 + index * 13, wide);
  return (
    <g>
      <g transform={`translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`}>
        {/* One after another away from the beam's middle, so that combined faults can all be read. */}
        <g transform={`rotate(${angle.toFixed(1)}) translate(${index * -18} 0)`}>
          <Glyph fault={fault} name={name} angle={angle} />
        </g>
      </g>
      <text class="lb-pencil-text" text-anchor="middle" x={place.x} y={place.y + 4}>
        {text}
      </text>
    </g>
  );
}

/** A fault's drawing on its beam. */
const GLYPH_PX = 26;

function Glyph({ fault, name, angle }: { readonly fault: FaultSpec; readonly name: string; readonly angle: number }) {
  switch (fault.kind) {
    case 'latency':
      return (
        <g transform={`rotate(${(-angle).toFixed(1)})`}>
          <circle class="lb-pencil lb-pencil-ground" r="8" />
          <path class="lb-pencil" d="M0 -5V0L4 2" />
        </g>
      );
    case 'loss':
      return (
        <g>
          <path class="lb-gap" d="M-8 0h16" />
          <path class="lb-pencil" d="M-9 -9l3 5l-4 4l4 5l-3 4M9 -9l-3 4l4 5l-4 4l3 5" />
        </g>
      );
    case 'partition':
      return (
        <g>
          <path class="lb-gap" d="M-5 0h10" />
          <path
            class="lb-pencil lb-pencil-thick"
            d={
              penciled(
                [
                  { x: -1, y: -13 },
                  { x: -7, y: 13 },
                ],
                name,
              ) +
              penciled(
                [
                  { x: 7, y: -13 },
                  { x: 1, y: 13 },
                ],
                `${name}/`,
              )
            }
          />
        </g>
      );
    case 'reset':
      return <path class="lb-pencil lb-pencil-thick" d="M3 -12l-7 10h8l-7 13" fill="none" />;
    default:
      return null;
  }
}
