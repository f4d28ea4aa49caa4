/** Faults as red-pencil annotations where they act: a cut through the beam, a clock on it, a bar before a door. */
import type { FaultSpec } from '../../engines/engine.ts';
import { serviceOf } from '../session/replicas.ts';
import { type FaultTexts, faultMark } from '../ui/fault-text.ts';
import { angleAt, penciled, pointAt, type Track } from './geometry.ts';
import type { Layout, Member } from './layout.ts';

export interface MarkedFault {
  readonly id: number;
  readonly fault: FaultSpec;
}

export interface FaultMarksProps {
  readonly faults: readonly MarkedFault[];
  readonly layout: Layout;
  readonly tracks: ReadonlyMap<string, Track>;
  readonly texts: FaultTexts;
}

export function FaultMarks({ faults, layout, tracks, texts }: FaultMarksProps) {
  const stacked = new Map<string, number>();
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
  readonly text: string;
}) {
  const { fault, member, index, layout, text } = props;
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
      <text class="lb-pencil-text" {...serviceTextPlace(member, layout, text, index)}>
        {text}
      </text>
    </g>
  );
}

/** Behind the member where there is room, or its neighbour below would be written over; else under it. */
function serviceTextPlace(member: Member, layout: Layout, text: string, index: number): { x: number; y: number } {
  const { x, y, width, height } = member;
  const fits = x + width + 8 + text.length * 7 < layout.width;
  return layout.direction === 'right' && fits
    ? { x: x + width + 8, y: y + 12 + index * 13 }
    : { x: x + 2, y: y + height + 14 + index * 13 };
}

function LinkFault(props: {
  readonly name: string;
  readonly fault: Extract<FaultSpec, { from: string }>;
  readonly track: Track;
  readonly index: number;
  readonly text: string;
}) {
  const { name, fault, track, index, text } = props;
  const share = 0.3;
  const at = pointAt(track, share);
  const angle = angleAt(track, share);
  return (
    <g>
      <g transform={`translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`}>
        {/* One after another away from the beam's middle, so that combined faults can all be read. */}
        <g transform={`rotate(${angle.toFixed(1)}) translate(${index * -18} 0)`}>
          <Glyph fault={fault} name={name} angle={angle} />
        </g>
        <text class="lb-pencil-text" {...textPlace(angle, index)}>
          {text}
        </text>
      </g>
    </g>
  );
}

/** On the open side of a slanting beam: above one that falls, below one that rises, to the right of one that stands. */
function textPlace(angle: number, index: number): { readonly x: number; readonly y: number } {
  if (Math.abs(angle) > 60) return { x: 16, y: 4 + index * 13 };
  return angle >= 0 ? { x: -8, y: -15 - index * 13 } : { x: -8, y: 24 + index * 13 };
}

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
