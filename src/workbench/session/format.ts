/** Numbers as an instrument shows them: three significant digits, a unit always, the same width as long as possible. */

/** `0.4 ms`, `12 ms`, `340 ms`, `1.20 s`, `48.2 s`; `–` when there is no value. */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 10) return `${trim(ms, 1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 100_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.round(ms / 1000)} s`;
}

/** `0 %`, `0.4 %`, `12 %`. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return '–';
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  return percent < 10 ? `${trim(percent, 1)} %` : `${Math.round(percent)} %`;
}

/** `0/s`, `4.2/s`, `48/s`, `1.2k/s`. */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return '–';
  return `${formatCount(perSecond)}/s`;
}

export function formatCount(count: number): string {
  if (count < 10) return trim(count, 1);
  if (count < 10_000) return String(Math.round(count));
  return `${trim(count / 1000, 1)}k`;
}

/** The virtual clock: `0:07.250`, `1:02.000`; hours when there are any. */
export function formatClock(ms: number): string {
  const whole = Math.max(0, Math.floor(ms));
  const millis = String(whole % 1000).padStart(3, '0');
  const seconds = String(Math.floor(whole / 1000) % 60).padStart(2, '0');
  const minutes = Math.floor(whole / 60_000) % 60;
  const hours = Math.floor(whole / 3_600_000);
  return hours > 0
    ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}.${millis}`
    : `${minutes}:${seconds}.${millis}`;
}

/** `12 s`, `1:30` as labels of a time axis. */
export function formatTick(ms: number): string {
  const seconds = Math.round(ms / 100) / 10;
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${trim(bytes / 1024, 1)} KB` : `${trim(bytes / 1024 ** 2, 1)} MB`;
}

/** `0.1×`, `1×`, `60×`; `max` for as fast as it goes. */
export function formatSpeed(speed: number): string {
  return Number.isFinite(speed) ? `${speed}×` : 'max';
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
