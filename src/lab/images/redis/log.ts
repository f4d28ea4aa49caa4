/** `1:M 23 Nov 2026 10:34:59.967 * Ready to accept connections` */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function logLine(wallMs: number, pid: number, role: string, level: string, text: string): string {
  const at = new Date(wallMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${two(at.getUTCDate())} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return `${pid}:${role} ${day} ${time}.${String(at.getUTCMilliseconds()).padStart(3, '0')} ${level} ${text}`;
}
