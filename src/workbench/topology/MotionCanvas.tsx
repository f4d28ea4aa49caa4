/** The moving layer: a canvas over the structure that runs only while it is seen, the run plays, and something moves. */
import { useEffect, useRef } from 'preact/hooks';
import { useRun } from '../session/context.ts';
import { useOnScreen, useReducedMotion, useTheme } from '../ui/hooks.ts';
import { drawMark, type Inks, inksOf } from './draw.ts';
import { pointAt, type Track } from './geometry.ts';
import { Motion } from './motion.ts';

export interface MotionCanvasProps {
  readonly width: number;
  readonly height: number;
  readonly tracks: ReadonlyMap<string, Track>;
  readonly delays: ReadonlyMap<string, number>;
}

/** Instead of movement: requests under way stand on their beam and are counted anew twice a second. */
const STILL_EVERY_MS = 500;
const STILL_PER_BEAM = 8;
/** After a step the marks it set in motion may arrive, although the clock stands. */
const SETTLE_MS = 900;

export function MotionCanvas({ width, height, tracks, delays }: MotionCanvasProps) {
  const run = useRun();
  const canvas = useRef<HTMLCanvasElement>(null);
  const motion = useRef<Motion>(undefined as unknown as Motion);
  motion.current ??= new Motion();
  motion.current.tracks = tracks;
  motion.current.delays = delays;
  const isOn = useOnScreen(canvas);
  const isReduced = useReducedMotion();
  const theme = useTheme();
  const shown = useRef({ width, height });
  shown.current = { width, height };

  useEffect(() => run.status.subscribe((status) => status === 'booting' && motion.current.clear()), [run]);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!isOn || isReduced || !element || !context) return;
    const inks = inksOf(element);
    let frame = 0;
    let lastMs = performance.now();
    let settleUntilMs = 0;
    let batchMs = -1;
    let batchFromMs = 0;
    const unsubscribe = run.onMovement((movement) => {
      const now = performance.now();
      if (now !== batchMs) {
        batchMs = now;
        batchFromMs = movement.atMs;
      }
      // Spread over the real time that the batch covers, or all its requests would leave together.
      const spreadMs = (movement.atMs - batchFromMs) / Math.max(run.speed.value, 0.001);
      motion.current.take(movement, run.speed.value, Math.min(150, spreadMs));
      settleUntilMs = now + SETTLE_MS;
      frame ||= requestAnimationFrame(draw);
    });
    const unjump = run.past.onJump((movements, atMs) => {
      motion.current.jump(movements, atMs, Math.min(1, run.speed.value));
      settleUntilMs = 0;
      frame ||= requestAnimationFrame(draw);
    });
    const draw = (now: number) => {
      frame = 0;
      const dtMs = Math.min(100, Math.max(0, now - lastMs));
      lastMs = now;
      const plays = run.past.view === null ? run.status.value === 'playing' : run.past.isPlaying.value;
      if (plays || now < settleUntilMs) motion.current.advance(dtMs);
      paint(element, context, shown.current, motion.current, inks);
      if ((plays || now < settleUntilMs) && !motion.current.isStill) frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    const again = run.status.subscribe(() => {
      lastMs = performance.now();
      frame ||= requestAnimationFrame(draw);
    });
    return () => {
      again();
      unjump();
      unsubscribe();
      cancelAnimationFrame(frame);
      // What happened meanwhile was not seen; old marks would be wrong.
      motion.current.clear();
    };
  }, [run, isOn, isReduced, theme, width, height]);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!isOn || !isReduced || !element || !context) return;
    const inks = inksOf(element);
    const draw = () => paintStill(element, context, shown.current, run.world.requests.live.values(), tracks, inks);
    draw();
    const timer = setInterval(draw, STILL_EVERY_MS);
    return () => clearInterval(timer);
  }, [run, isOn, isReduced, theme, tracks, width, height]);

  return <canvas ref={canvas} class="lb-motion" style={{ width, height }} />;
}

function prepare(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  size: { readonly width: number; readonly height: number },
): void {
  const ratio = Math.min(2, devicePixelRatio || 1);
  const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
}

function paint(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  size: { readonly width: number; readonly height: number },
  motion: Motion,
  inks: Inks,
): void {
  prepare(canvas, context, size);
  for (const [key, track] of motion.tracks) {
    const density = motion.streamOf(key);
    if (density > 0.02) stream(context, track, density, motion.timeMs, inks);
  }
  for (const mark of motion.drawn()) drawMark(context, mark, inks);
  context.globalAlpha = 1;
}

/** Too many to tell apart: a grain that flows along the beam, denser with the rate. */
function stream(context: CanvasRenderingContext2D, track: Track, density: number, timeMs: number, inks: Inks): void {
  context.globalAlpha = 0.25 + 0.45 * density;
  context.strokeStyle = inks.stream;
  context.lineWidth = 1.5 + 2 * density;
  context.setLineDash([2, 10 - 6 * density]);
  context.lineDashOffset = -timeMs / 8;
  context.beginPath();
  track.points.forEach((point, index) => {
    if (index === 0) context.moveTo(point.x, point.y);
    else context.lineTo(point.x, point.y);
  });
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function paintStill(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  size: { readonly width: number; readonly height: number },
  live: Iterable<{ readonly root: number; readonly from: string; readonly to: string }>,
  tracks: ReadonlyMap<string, Track>,
  inks: Inks,
): void {
  prepare(canvas, context, size);
  const counts = new Map<string, number>();
  for (const request of live) {
    const key = `${request.from.replace(/-\d+$/, '')}→${request.to.replace(/-\d+$/, '')}`;
    const track = tracks.get(key);
    const count = counts.get(key) ?? 0;
    if (track === undefined || count >= STILL_PER_BEAM) continue;
    counts.set(key, count + 1);
    const { x, y } = pointAt(track, 1 - (count + 1) / (STILL_PER_BEAM + 2));
    drawMark(context, { root: request.root, x, y, alpha: 1, isReply: false, outcome: 'none', angle: 0 }, inks);
  }
  context.globalAlpha = 1;
}
