/**
 * The stress ramp: calm, loaded, warm, hot. Each step has its own hatch and outline as well as its colour, so it reads
 * without colour and in print.
 */
export type Stress = 'idle' | 'calm' | 'loaded' | 'warm' | 'hot';

/** By the busy share of a CPU: above 0.8 queues grow fast (at ρ = 0.8 a queue is 4 deep on average, at 0.95 it is 19). */
export function stressOfCpu(share: number): Stress {
  if (!(share > 0.005)) return 'idle';
  if (share < 0.5) return 'calm';
  if (share < 0.8) return 'loaded';
  return share < 0.95 ? 'warm' : 'hot';
}

/** By requests waiting in one replica; a Node process with a hundred open ones is rarely well. */
export function stressOfQueue(waiting: number): Stress {
  if (waiting === 0) return 'idle';
  if (waiting < 10) return 'calm';
  if (waiting < 30) return 'loaded';
  return waiting < 100 ? 'warm' : 'hot';
}

/** By the share of calls that fail. */
export function stressOfErrors(share: number): Stress {
  if (!(share > 0)) return 'idle';
  if (share < 0.005) return 'loaded';
  return share < 0.05 ? 'warm' : 'hot';
}

const ranks: readonly Stress[] = ['idle', 'calm', 'loaded', 'warm', 'hot'];

export function worst(...all: readonly Stress[]): Stress {
  return all.reduce((a, b) => (ranks.indexOf(b) > ranks.indexOf(a) ? b : a), 'idle');
}
