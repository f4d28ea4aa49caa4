/** `1:M 23 Nov 2026 10:34:59.967 * Ready to accept connections` */
import { civilTime, MONTHS, two } from '../civil-time.ts';

export function logLine(wallMs: number, pid: number, role: string, level: string, text: string): string {
  const { year, month, day, hour, minute, second, ms } = civilTime(wallMs);
  const time = `${two(hour)}:${two(minute)}:${two(second)}.${String(ms).padStart(3, '0')}`;
  return `${pid}:${role} ${two(day)} ${MONTHS[month - 1]} ${year} ${time} ${level} ${text}`;
}
