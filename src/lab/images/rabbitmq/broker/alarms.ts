/** Resource alarms: while memory or disk is short, connections that publish are not read from. */
import { MEMORY_CONNECTION_BYTES, MEMORY_IDLE_BYTES } from '../cost.ts';
import type { Broker } from './broker.ts';

export class Alarms {
  private readonly broker: Broker;
  isMemoryShort = false;
  isDiskShort = false;

  constructor(broker: Broker) {
    this.broker = broker;
  }

  get isAny(): boolean {
    return this.isMemoryShort || this.isDiskShort;
  }

  /** As `connection.blocked` has it. */
  get reason(): string {
    const low = [...(this.isDiskShort ? ['disk'] : []), ...(this.isMemoryShort ? ['memory'] : [])];
    return `low on ${low.join(' & ')}`;
  }

  get memoryBytes(): number {
    return MEMORY_IDLE_BYTES + this.broker.messagesBytes + this.broker.links.size * MEMORY_CONNECTION_BYTES;
  }

  /** At the end of each turn; a comparison of two numbers. */
  check(): void {
    const isShort = this.memoryBytes > this.broker.config.memoryLimitBytes;
    if (isShort === this.isMemoryShort) return;
    this.isMemoryShort = isShort;
    const { log, nodeName } = this.broker;
    const [is, limit] = [this.memoryBytes, this.broker.config.memoryLimitBytes];
    log.info(`vm_memory_high_watermark ${isShort ? 'set' : 'clear'}. Memory used:${is} allowed:${limit}`);
    this.announce('memory', isShort, nodeName);
  }

  setDisk(isShort: boolean): void {
    if (isShort === this.isDiskShort) return;
    this.isDiskShort = isShort;
    const { log, nodeName, config } = this.broker;
    if (isShort) log.alert(`Disk free is insufficient. Free bytes: 0. Limit: ${config.diskFreeLimitBytes}`);
    else
      log.notice(
        `Free disk space is sufficient. Free bytes: ${config.diskFreeLimitBytes}. Limit: ${config.diskFreeLimitBytes}`,
      );
    this.announce('disk', isShort, nodeName);
  }

  private announce(what: 'memory' | 'disk', isShort: boolean, node: string): void {
    const { log, links } = this.broker;
    if (isShort) {
      log.warning(
        `${what} resource limit alarm set on node ${node}.\n\n` +
          '**********************************************************\n' +
          '*** Publishers will be blocked until this alarm clears ***\n' +
          '**********************************************************\n',
      );
    } else log.warning(`${what} resource limit alarm cleared on node ${node}`);
    if (!this.isAny) log.warning(`${what} resource limit alarm cleared across the cluster`);
    for (const link of [...links]) link.alarmChanged();
  }
}
