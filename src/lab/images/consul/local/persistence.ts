/** Services, checks and the last words of TTL checks in the data folder: a file each, written beside and renamed. */
import type { ServerMachine } from '../../server.ts';
import { fromUtf8, utf8 } from '../bytes.ts';
import type { CheckInfo, ServiceInfo, Status } from '../state/rows.ts';
import type { CheckType } from './definition.ts';

interface StoredCheck {
  readonly info: CheckInfo;
  readonly type: CheckType | null;
}

interface StoredState {
  readonly id: string;
  readonly status: Status;
  readonly output: string;
  readonly expiresMs: number;
}

export class Persistence {
  private readonly machine: ServerMachine;
  private readonly folder: string;

  constructor(machine: ServerMachine, folder: string) {
    this.machine = machine;
    this.folder = folder;
  }

  keepService(info: ServiceInfo): void {
    this.keep(`services/${fileName(info.ID)}`, info);
  }

  keepCheck(info: CheckInfo, type: CheckType | null): void {
    this.keep(`checks/${fileName(info.CheckID)}`, { info, type });
  }

  keepTtlState(id: string, status: Status, output: string, expiresMs: number): void {
    this.keep(`checks/state/${fileName(id)}`, { id, status, output, expiresMs });
  }

  dropService(id: string): void {
    this.machine.disk.remove(`${this.folder}/services/${fileName(id)}`);
  }

  dropCheck(id: string): void {
    this.machine.disk.remove(`${this.folder}/checks/${fileName(id)}`);
    this.machine.disk.remove(`${this.folder}/checks/state/${fileName(id)}`);
  }

  services(): readonly ServiceInfo[] {
    return this.all<ServiceInfo>('services');
  }

  checks(): readonly StoredCheck[] {
    return this.all<StoredCheck>('checks').filter(({ info }) => info !== undefined);
  }

  /** Null when there is none, or its time is up. */
  ttlState(id: string, type: CheckType, wallMs: number): { status: Status; output: string; leftMs: number } | null {
    const state = this.read<StoredState>(`${this.folder}/checks/state/${fileName(id)}`);
    if (state === null || state.expiresMs <= wallMs) return null;
    return { status: state.status, output: state.output, leftMs: Math.min(state.expiresMs - wallMs, type.TTL / 1e6) };
  }

  private all<T>(kind: string): readonly T[] {
    return this.machine.disk.list(`${this.folder}/${kind}`).flatMap((path) => {
      if (path.endsWith('.tmp')) return [];
      const value = this.read<T>(path);
      return value === null ? [] : [value];
    });
  }

  private read<T>(path: string): T | null {
    const bytes = this.machine.disk.read(path);
    if (bytes === null) return null;
    try {
      return JSON.parse(fromUtf8(bytes)) as T;
    } catch {
      // As the agent does: said, and left alone.
      this.machine.log(`[ERROR] agent: Failed decoding file: file=${path}`);
      return null;
    }
  }

  private keep(name: string, value: unknown): void {
    const path = `${this.folder}/${name}`;
    try {
      this.machine.disk.write(`${path}.tmp`, utf8(JSON.stringify(value)));
      this.machine.disk.rename(`${path}.tmp`, path);
    } catch {
      this.machine.disk.remove(`${path}.tmp`);
      this.machine.log(`[ERROR] agent: failed to persist: file=${path} error="no space left on device"`);
    }
  }
}

/** The real one takes a SHA-256 of the id. */
function fileName(id: string): string {
  return encodeURIComponent(id.toWellFormed()).replaceAll('.', '%2E');
}
