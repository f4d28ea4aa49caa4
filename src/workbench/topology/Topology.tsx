/**
 * The system as a structure under load: services are members, links are beams, requests move along them. Everything
 * shown comes from the trace. Click or Enter on a member or a beam opens what can be done to it.
 */
import { useMemo, useState } from 'preact/hooks';
import type { ServiceInfo, Topology as Services } from '../../engines/engine.ts';
import { useText } from '../i18n/dictionary.ts';
import { useRun } from '../session/context.ts';
import { isLinkFault } from '../session/faults.ts';
import { formatMs, formatRate, formatShare } from '../session/format.ts';
import type { Link } from '../session/links.ts';
import { linkKey } from '../session/links.ts';
import { type Replica, replicaIndex } from '../session/replicas.ts';
import { OUTSIDE } from '../session/world.ts';
import { faultMark, faultTexts } from '../ui/fault-text.ts';
import { useSize, useUid } from '../ui/hooks.ts';
import { BeamShape } from './BeamShape.tsx';
import { BreakMenu, type Target } from './BreakMenu.tsx';
import { type Contents, contentsOf } from './contents.ts';
import { beamOf, FaultMarks, type MarkedFault } from './FaultMarks.tsx';
import { trackOf } from './geometry.ts';
import { LossMarks } from './LossMarks.tsx';
import { placeLabels } from './labels.ts';
import { type Beam, layOut, type Member } from './layout.ts';
import { MemberShape, OutsideShape } from './MemberShape.tsx';
import { MotionCanvas } from './MotionCanvas.tsx';
import { type Stress, stressOfCpu, stressOfErrors, stressOfQueue, worst } from './stress.ts';
import { type TopologyTexts, topologyTexts } from './texts.ts';
import './topology.css';

export interface TopologyProps {
  /** Drawn until a run says what there is; so the picture is in place before Run. */
  readonly preview: Services;
  /** A picture only: nothing can be broken by clicking. */
  readonly isReadOnly?: boolean;
  /** Says in words why nothing moves. */
  readonly hasNote?: boolean;
}

/** A killed replica is back in a second or two; the mark stays long enough to be read. Virtual ms. */
const MOMENT_SHOWN_MS = 5000;
/** Figures on beams are of the last few seconds: long enough to be calm, short enough to show what was just done. */
const SECONDS = 3;

export function Topology({ preview, isReadOnly, hasNote }: TopologyProps) {
  const run = useRun();
  const text = useText(topologyTexts);
  const faultWords = useText(faultTexts);
  const uid = useUid('lb-topology');
  const [box, { width, height }] = useSize<HTMLDivElement>();
  const [open, setOpen] = useState<{ readonly target: Target; readonly x: number; readonly y: number } | null>(null);
  // Read, so that figures are drawn anew.
  void run.version.value;
  const { world } = run;
  const { services } = run.topology.value ?? preview;
  const observed = [...world.links.values()];
  const observedKeys = observed.map((link) => link.key).join();
  const layout = useMemo(
    () => layOut(services, observed, Math.max(width, 240), Math.max(height, 160)),
    [services, observedKeys, width, height],
  );
  const tracks = useMemo(() => new Map(layout.beams.map((beam) => [beam.key, trackOf(beam.points)])), [layout]);
  const { labels, ground } = useMemo(() => placeLabels(layout, height, tracks), [layout, height, tracks]);
  const losses = observed
    .map((link) => ({ key: link.key, perSecond: link.lossRate(SECONDS) }))
    .filter(({ perSecond }) => perSecond > 0);
  const faults: MarkedFault[] = [
    ...world.faults.active.values(),
    ...world.faults.windows.filter((each) => each.toMs === each.fromMs && world.nowMs - each.fromMs < MOMENT_SHOWN_MS),
  ];
  const delays = new Map<string, number>();
  for (const { fault } of faults) {
    if (fault.kind !== 'latency') continue;
    const key = beamOf(fault, tracks);
    if (key !== null) delays.set(key, (delays.get(key) ?? 0) + fault.latencyMs);
  }
  const show = (target: Target, element: Element) => {
    if (isReadOnly || !run.isLive.value || run.past.atMs.value !== null) return;
    const rect = element.getBoundingClientRect();
    const isMember = target.kind === 'service';
    setOpen({
      target,
      x: isMember ? rect.right + 4 : rect.left + rect.width / 2 - 120,
      y: isMember ? rect.top : rect.top + rect.height / 2 + 16,
    });
  };
  // Faults and losses come and go; each finds its place among the figures, which stay.
  const own = ground.copy();
  const hatch = (stress: Stress) => (stress === 'idle' ? 'none' : `url(#${uid}-${stress})`);
  const isOpen = (name: string) => open !== null && targetName(open.target) === name;
  const figuresOf = (service: ServiceInfo) =>
    serviceFigures(service, world.replicas.of(service.name), incoming(service, observed), text);
  // What was recorded was running, whatever runs now.
  const status = run.past.atMs.value === null ? run.status.value : 'paused';

  return (
    <section ref={box} class={`lb-topology lb-run-${status}`} aria-label={text.title}>
      {width > 0 ? (
        // biome-ignore lint/a11y/useSemanticElements: an <svg> cannot be a <fieldset>
        <svg width={width} height={height} class="lb-structure" role="group" aria-label={text.description}>
          <Hatches uid={uid} />
          {layout.beams.map((beam) => {
            const link = world.links.get(beam.key);
            const figures = beamFigures(link);
            return (
              <BeamShape
                key={beam.key}
                beam={beam}
                labels={labels.get(beam.key)!}
                ratePerSecond={figures.rate}
                p50Ms={figures.p50Ms}
                errorRate={figures.errorRate}
                stress={stressOfErrors(figures.errorRate)}
                label={beamLabel(beam)}
                isOpen={isOpen(beam.key)}
                onOpen={(element) => show({ kind: 'link', from: beam.from, to: beam.to }, element)}
              />
            );
          })}
          {layout.members.map((member) => {
            if (member.isOutside) {
              const rate = observed
                .filter((link) => link.from === OUTSIDE)
                .reduce((sum, link) => sum + link.callRate(SECONDS), 0);
              return (
                <OutsideShape
                  key={member.name}
                  member={member}
                  direction={layout.direction}
                  text={text.outside}
                  ratePerSecond={rate}
                />
              );
            }
            const service = services.find((each) => each.name === member.name)!;
            const figures = figuresOf(service);
            return (
              <MemberShape
                key={member.name}
                member={member}
                size={layout.size}
                contents={figures.contents}
                replicas={figures.replicas}
                waiting={figures.waiting}
                stress={figures.stress}
                hatch={hatch}
                label={memberLabel(member, figures)}
                isOpen={isOpen(member.name)}
                onOpen={(element) =>
                  show(
                    {
                      kind: 'service',
                      name: member.name,
                      replicas: figures.replicas.flatMap((each) => (each === null ? [] : [each.endpoint])),
                    },
                    element,
                  )
                }
              />
            );
          })}
          <FaultMarks faults={faults} layout={layout} tracks={tracks} texts={faultWords} ground={own} />
          <LossMarks losses={losses} tracks={tracks} ground={own} text={text.lost} />
        </svg>
      ) : null}
      <MotionCanvas width={width} height={height} tracks={tracks} delays={delays} />
      {hasNote && (status === 'idle' || status === 'booting') ? (
        <p class="lb-topology-note">{status === 'idle' ? text.idle : text.booting}</p>
      ) : null}
      {open === null ? null : (
        <BreakMenu
          target={open.target}
          head={headOf(open.target)}
          x={open.x}
          y={open.y}
          onClose={() => setOpen(null)}
        />
      )}
    </section>
  );

  function beamLabel(beam: Beam): string {
    const figures = beamFigures(world.links.get(beam.key));
    const parts = [text.link(beam.from === OUTSIDE ? text.outside : beam.from, beam.to)];
    if (figures.rate > 0) {
      parts.push(formatRate(figures.rate), text.p50(formatMs(figures.p50Ms)));
      if (figures.errorRate > 0) parts.push(text.errors(formatShare(figures.errorRate)));
    } else parts.push(text.noTraffic);
    const lost = losses.find(({ key }) => key === beam.key);
    if (lost !== undefined) parts.push(text.lostPackets(formatRate(lost.perSecond)));
    for (const { fault } of faults) {
      if (isLinkFault(fault) && beamOf(fault, tracks) === beam.key)
        parts.push(text.broken(faultMark(fault, faultWords)));
    }
    return parts.join(', ');
  }

  function memberLabel(member: Member, figures: ServiceFigures): string {
    const parts = [text.service(member.name, figures.replicas.length)];
    for (const replica of figures.replicas) {
      if (replica !== null) parts.push(text.replica(replica.endpoint, text.states[replica.state]));
    }
    parts.push(text.cpu(formatShare(figures.cpu)));
    parts.push(figures.contents === null ? text.inFlight(figures.waiting) : figures.contents.label);
    return parts.join(', ');
  }

  function headOf(target: Target): string {
    if (target.kind === 'service') {
      const service = services.find((each) => each.name === target.name);
      if (service === undefined) return '';
      const figures = figuresOf(service);
      const { contents } = figures;
      return [
        text.cpu(formatShare(figures.cpu)),
        ...(contents === null
          ? [text.inFlight(figures.waiting)]
          : contents.lines.map(({ value, unit }) => `${value} ${unit}`)),
      ].join(' · ');
    }
    const figures = beamFigures(world.links.get(linkKey(target.from, target.to)));
    if (figures.rate === 0) return text.noTraffic;
    return [
      formatRate(figures.rate),
      text.p50(formatMs(figures.p50Ms)),
      text.errors(formatShare(figures.errorRate)),
    ].join(' · ');
  }
}

interface ServiceFigures {
  readonly replicas: readonly (Replica | null)[];
  readonly cpu: number;
  readonly waiting: number;
  readonly stress: Stress;
  /** null for a service that serves HTTP and says nothing else of itself. */
  readonly contents: Contents | null;
}

function serviceFigures(
  service: ServiceInfo,
  all: readonly Replica[],
  calls: readonly Link[],
  text: TopologyTexts,
): ServiceFigures {
  // What a smaller scale took away is no broken replica.
  const found = all.filter(({ state, endpoint }) => state !== 'exited' || replicaIndex(endpoint) <= service.replicas);
  const replicas: (Replica | null)[] = [...found];
  while (replicas.length < service.replicas) replicas.push(null);
  const cpu = Math.max(0, ...found.map((each) => each.cpu));
  // Counted on the wire, so that a stuck or paused process, which samples nothing, still shows what waits for it.
  const waiting = calls.reduce((sum, link) => sum + link.inFlight, 0);
  const perReplica = waiting / Math.max(1, replicas.length);
  const contents = contentsOf(service.image, replicas, text);
  if (contents !== null && contents.waiting >= waiting) {
    return { replicas, cpu, waiting: contents.waiting, stress: worst(stressOfCpu(cpu), contents.stress), contents };
  }
  return { replicas, cpu, waiting, stress: worst(stressOfCpu(cpu), stressOfQueue(perReplica)), contents };
}

function incoming(service: ServiceInfo, links: readonly Link[]): readonly Link[] {
  return links.filter((link) => link.to === service.name);
}

function beamFigures(link: Link | undefined) {
  if (link === undefined) return { rate: 0, p50Ms: Number.NaN, errorRate: 0 };
  const { p50Ms, errorRate } = link.figures(SECONDS);
  return { rate: link.callRate(SECONDS), p50Ms, errorRate: Number.isNaN(errorRate) ? 0 : errorRate };
}

function targetName(target: Target): string {
  return target.kind === 'service' ? target.name : linkKey(target.from, target.to);
}

/** Denser with stress; the lines are of the paper's colour over a solid fill, so that both carry the meaning. */
function Hatches({ uid }: { readonly uid: string }) {
  const spacing = { calm: 9, loaded: 6, warm: 4.5, hot: 3.2 } as const;
  return (
    <defs>
      {Object.entries(spacing).map(([stress, step]) => (
        <pattern
          key={stress}
          id={`${uid}-${stress}`}
          width={step}
          height={step}
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <line x1="0" y1="0" x2="0" y2={step} class="lb-hatch" />
        </pattern>
      ))}
    </defs>
  );
}
