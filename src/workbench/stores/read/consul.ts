import { fieldsOf, listOf, numberOf, textOf } from '../../session/shape.ts';
import type { Exec } from '../watch.ts';

export type Health = 'passing' | 'warning' | 'critical';

export interface Instance {
  readonly service: string;
  readonly id: string;
  readonly node: string;
  /** `10.0.0.4:8081`. */
  readonly address: string;
  readonly tags: string;
  readonly status: Health;
  /** What the checks that do not pass say; of those that do, their names. */
  readonly checks: string;
}

export interface ConsulKey {
  readonly key: string;
  readonly text: string;
  readonly isLocked: boolean;
}

export interface ConsulSnapshot {
  readonly instances: readonly Instance[];
  /** How many keys there are under the prefix; `keys` are the first of them. */
  readonly total: number;
  readonly keys: readonly ConsulKey[];
  readonly isLeader: boolean;
}

const KEYS_SHOWN = 200;

export async function readConsul(exec: Exec, prefix: string): Promise<ConsulSnapshot> {
  const value = fieldsOf((await exec('lab-catalog', prefix, String(KEYS_SHOWN))).value);
  return {
    instances: listOf(value.instances).map((each) => {
      const { service, id, node, address, port, tags, status, checks } = fieldsOf(each);
      const all = listOf(checks).map(fieldsOf);
      const bad = all.filter((check) => healthOf(check.status) !== 'passing');
      return {
        service: textOf(service),
        id: textOf(id),
        node: textOf(node),
        address: numberOf(port) > 0 ? `${textOf(address)}:${numberOf(port)}` : textOf(address),
        tags: listOf(tags).map(textOf).join(', '),
        status: healthOf(status),
        checks:
          bad.length > 0
            ? bad.map((check) => [check.name, check.output].map(textOf).filter(Boolean).join(': ')).join('; ')
            : all.map((check) => textOf(check.name)).join(', '),
      };
    }),
    total: numberOf(value.total),
    keys: listOf(value.keys)
      .slice(0, KEYS_SHOWN)
      .map(fieldsOf)
      .map(({ key, text, session }) => ({ key: textOf(key), text: textOf(text), isLocked: textOf(session) !== '' })),
    isLeader: value.isLeader === true,
  };
}

function healthOf(status: unknown): Health {
  return status === 'passing' || status === 'warning' ? status : 'critical';
}
