/** Who listens on a port of this machine, as far as Linux tells; null elsewhere, or when it is another user's. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface PortOwner {
  readonly pid: number;
  readonly command: string;
}

/** State of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';

/** Whoever a listener on 127.0.0.1 would be in the way of. */
export function ownerOf(port: number): PortOwner | null {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => inodesIn(file, port)));
  if (inodes.size === 0) return null;
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined && inodes.has(inode)) return { pid: Number(pid), command: commandOf(pid) };
    }
  }
  return null;
}

function inodesIn(file: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return read(file)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => {
      const [address = '', there] = (fields[1] ?? '').split(':');
      // 127.0.0.1 as IPv4 or mapped into IPv6, or all addresses.
      return there === hex && fields[3] === LISTEN && /^(?:0+(?:FFFF0000)?)?(?:0100007F|0{8})$/.test(address);
    })
    .map((fields) => fields[9]!);
}

function commandOf(pid: string): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim().slice(0, 200);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
