/** Durations, sizes and numbers as Compose writes them. Each returns null for what it is not. */

const UNIT_US: Readonly<Record<string, number>> = {
  us: 1,
  µs: 1,
  ms: 1000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
};

/**
 * `1m30s`, `250ms`, `1.5s` → milliseconds, exact to the microsecond.
 * Source: Compose specification, "Specifying durations"; as there, a number needs a unit.
 */
export function parseDurationMs(text: string): number | null {
  if (text === '0') return 0;
  const part = /(\d+(?:\.\d+)?)(us|µs|ms|s|m|h)/y;
  let totalUs = 0;
  let position = 0;
  while (position < text.length) {
    part.lastIndex = position;
    const match = part.exec(text);
    if (match === null) return null;
    totalUs += Math.round(Number(match[1]) * UNIT_US[match[2]!]!);
    position = part.lastIndex;
  }
  return position === 0 ? null : totalUs / 1000;
}

/** `512m`, `1.5g`, `64mb`, `1024` → bytes, powers of 1024. Source: Compose specification, "Specifying byte values". */
export function parseBytes(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(b|kb?|mb?|gb?)?$/i.exec(text);
  if (match === null) return null;
  const factor = { b: 1, k: 1024, m: 1024 * 1024, g: 1024 * 1024 * 1024 }[
    (match[2] ?? 'b').toLowerCase()[0] as 'b' | 'k' | 'm' | 'g'
  ];
  return Math.round(Number(match[1]) * factor);
}

/** A port number 1 to 65535. */
export function parsePort(text: string): number | null {
  if (!/^\d{1,5}$/.test(text)) return null;
  const port = Number(text);
  return port >= 1 && port <= 65535 ? port : null;
}

/** "250 ms", "2 s", "1 min 30 s": a duration for a sentence. */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${ms / 1000} s`;
  const minutes = Math.floor(ms / 60_000);
  const restMs = ms - minutes * 60_000;
  return restMs === 0 ? `${minutes} min` : `${minutes} min ${restMs / 1000} s`;
}
