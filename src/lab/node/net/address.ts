/** IP addresses as text. */

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;

export function isIPv4(input: unknown): boolean {
  return V4.test(String(input));
}

/** RFC 4291 §2.2 text forms, with an optional zone. */
export function isIPv6(input: unknown): boolean {
  let text = String(input);
  const zone = text.indexOf('%');
  if (zone >= 0) {
    if (!/^[0-9A-Za-z-.:]+$/.test(text.slice(zone + 1))) return false;
    text = text.slice(0, zone);
  }
  if (!text.includes(':')) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (let h = 0; h < halves.length; h++) {
    if (halves[h] === '') continue;
    const parts = halves[h]!.split(':');
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups++;
      else if (h === halves.length - 1 && i === parts.length - 1 && isIPv4(part)) groups += 2;
      else return false;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

/** 4, 6 or 0. */
export function isIP(input: unknown): number {
  if (isIPv4(input)) return 4;
  return isIPv6(input) ? 6 : 0;
}

/** `{ address, port, family }` as socket.address() gives it. */
export function endpoint(address: string, port: number): { address: string; family: string; port: number } {
  return { address, family: address.includes(':') ? 'IPv6' : 'IPv4', port };
}
