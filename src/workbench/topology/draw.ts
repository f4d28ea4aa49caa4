/** Marks on the canvas above the structure. */
import { identityOf } from '../session/identity.ts';
import type { DrawnMark } from './motion.ts';

export interface Inks {
  readonly tints: readonly string[];
  readonly paper: string;
  readonly red: string;
  readonly warm: string;
  readonly stream: string;
  readonly plain: string;
}

export function inksOf(element: Element): Inks {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    tints: [0, 1, 2, 3, 4, 5].map((index) => read(`--wb-id-${index}`)),
    paper: read('--wb-paper'),
    red: read('--wb-red'),
    warm: read('--wb-warm'),
    stream: read('--wb-accent'),
    plain: read('--wb-ink-2'),
  };
}

/** ok filled, slow ringed, failed crossed, packets as what became of them; a request on its way out is hollow. */
export function drawMark(context: CanvasRenderingContext2D, mark: DrawnMark, inks: Inks): void {
  const { x, y, outcome } = mark;
  context.globalAlpha = mark.alpha;
  if (outcome === 'dropped' || outcome === 'resent' || outcome === 'reset') {
    drawPacket(context, mark, inks);
    return;
  }
  // A statement or message of which nobody knows the cause has no identity to keep.
  const isNameless = mark.root === 0;
  const { shape, tint } = identityOf(mark.root);
  const ink = isNameless ? inks.plain : (inks.tints[tint] ?? inks.stream);
  const isFilled = mark.isReply && outcome !== 'failed';
  context.beginPath();
  if (isNameless) context.rect(x - 2, y - 2, 4, 4);
  else outline(context, shape, x, y, 3.4);
  context.fillStyle = isFilled ? ink : inks.paper;
  context.fill();
  context.strokeStyle = outcome === 'failed' ? inks.red : ink;
  context.lineWidth = 1.3;
  context.stroke();
  if (outcome === 'slow' && mark.isReply) {
    context.strokeStyle = inks.warm;
    context.lineWidth = 1.4;
    context.beginPath();
    context.arc(x, y, 6, 0, 7);
    context.stroke();
  }
  if (outcome === 'failed') {
    context.strokeStyle = inks.red;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x - 4, y - 4);
    context.lineTo(x + 4, y + 4);
    context.moveTo(x + 4, y - 4);
    context.lineTo(x - 4, y + 4);
    context.stroke();
  }
}

/** Lost: a ring that bursts. Sent again: two chevrons the way it goes. Torn down: a bolt across the beam. */
function drawPacket(context: CanvasRenderingContext2D, mark: DrawnMark, inks: Inks): void {
  const { x, y, outcome, angle, isReply } = mark;
  context.save();
  context.translate(x, y);
  context.rotate(isReply ? angle + Math.PI : angle);
  context.strokeStyle = outcome === 'resent' ? inks.warm : inks.red;
  context.lineWidth = 1.4;
  context.beginPath();
  if (outcome === 'dropped') {
    const radius = 3 + (1 - mark.alpha) * 5;
    for (let i = 0; i < 4; i++) {
      const from = i * (Math.PI / 2) + 0.25;
      context.moveTo(radius * Math.cos(from), radius * Math.sin(from));
      context.arc(0, 0, radius, from, from + 1.05);
    }
  } else if (outcome === 'resent') {
    for (const at of [-4, 0]) {
      context.moveTo(at, -3.5);
      context.lineTo(at + 3.5, 0);
      context.lineTo(at, 3.5);
    }
  } else {
    context.moveTo(1.5, -7);
    context.lineTo(-2.5, -0.5);
    context.lineTo(2.5, 0.5);
    context.lineTo(-1.5, 7);
  }
  context.stroke();
  context.restore();
}

function outline(context: CanvasRenderingContext2D, shape: string, x: number, y: number, r: number): void {
  if (shape === 'circle') {
    context.arc(x, y, r, 0, 7);
  } else if (shape === 'square') {
    context.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
  } else if (shape === 'triangle') {
    context.moveTo(x, y - r * 1.2);
    context.lineTo(x + r * 1.15, y + r * 0.9);
    context.lineTo(x - r * 1.15, y + r * 0.9);
    context.closePath();
  } else {
    context.moveTo(x, y - r * 1.25);
    context.lineTo(x + r * 1.25, y);
    context.lineTo(x, y + r * 1.25);
    context.lineTo(x - r * 1.25, y);
    context.closePath();
  }
}
