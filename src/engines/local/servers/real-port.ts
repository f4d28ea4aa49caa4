/** The port that a real server is given: its usual one where the address is its own and nobody has it on all addresses. */
import { existsSync, readFileSync } from 'node:fs';

export function realPort(address: string, usual: number): number {
  if (address !== '127.0.0.1' && !isTakenEverywhere(usual)) return usual;
  // Below the range from which the system takes ports for connections.
  return 10_000 + Math.floor(Math.random() * 20_000);
}

function isTakenEverywhere(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return ['/proc/net/tcp', '/proc/net/tcp6'].some(
    (file) => existsSync(file) && new RegExp(`: 0+:${hex} \\S+ 0A `).test(readFileSync(file, 'utf8')),
  );
}
