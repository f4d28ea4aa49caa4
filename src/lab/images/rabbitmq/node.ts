/** The server: boots, listens, stops, and answers what people ask of it. */
import type { Server, ServerMachine, ToolResult } from '../server.ts';
import { Broker } from './broker/broker.ts';
import { configure } from './configuration.ts';
import { COST } from './cost.ts';
import { Connection } from './protocol/connection.ts';
import { ERLANG_VERSION, VERSION } from './version.ts';
import { readable } from './wire/bytes.ts';

export class Node implements Server {
  private readonly machine: ServerMachine;
  private readonly broker: Broker;
  private isUp = false;

  constructor(machine: ServerMachine) {
    this.machine = machine;
    this.broker = new Broker(machine, configure(machine));
    this.banner();
    machine.after(this.broker.config.bootMs, () => this.broker.turn(() => this.boot()));
  }

  private banner(): void {
    const { log, config } = this.broker;
    log.info(`Starting RabbitMQ ${VERSION} on Erlang ${ERLANG_VERSION} [jit]`);
    log.info('Copyright (c) 2007-2025 Broadcom Inc and/or its subsidiaries');
    log.info('Licensed under the MPL 2.0. Website: https://rabbitmq.com');
    log.plain('');
    log.plain(`  ##  ##      RabbitMQ ${VERSION}`);
    log.plain('  ##  ##');
    log.plain('  ##########  Copyright (c) 2007-2025 Broadcom Inc and/or its subsidiaries');
    log.plain('  ######  ##');
    log.plain('  ##########  Licensed under the MPL 2.0. Website: https://rabbitmq.com');
    log.plain('');
    log.info(`node           : ${config.nodeName}`);
    log.info('home dir       : /var/lib/rabbitmq');
    log.info(`data dir       : ${config.dataFolder}`);
  }

  private boot(): void {
    const { broker, machine } = this;
    const { log, config } = broker;
    broker.recover();
    broker.store.open();
    if (log.isFirstBoot) {
      log.info(`Created user '${config.defaultUser}'`);
      log.info(`Successfully set user tags for user '${config.defaultUser}' to [administrator]`);
      log.info(
        `Successfully set permissions for user '${config.defaultUser}' in virtual host '${config.defaultVhost}' to '.*', '.*', '.*'`,
      );
    }
    log.info('Ready to start client connection listeners');
    try {
      machine.listen(config.port, (socket) => {
        const connection = new Connection(broker, socket);
        log.info(`accepting AMQP connection ${connection.name}`, connection.process);
      });
      log.info(`started TCP listener on [::]:${config.port}`);
    } catch {
      log.error(`Failed to start Ranch listener on [::]:${config.port}, error: eaddrinuse (address already in use)`);
      machine.exit(1, 'the port is taken');
      return;
    }
    log.info(`Server startup complete; ${config.hasManagement ? 4 : 0} plugins started.`);
    this.isUp = true;
  }

  signal(name: string): void {
    if (name === 'SIGHUP' || !/^SIG(?:TERM|INT|QUIT)$/.test(name) || this.broker.isStopping) return;
    const { broker, machine } = this;
    broker.turn(() => {
      broker.log.info('SIGTERM received - shutting down');
      broker.log.info(`RabbitMQ is asked to stop...`);
      if (this.isUp) broker.stop();
    });
    machine.after(COST.stopMs, () => machine.exit(0));
  }

  tool(_argv: readonly string[], onDone: (result: ToolResult) => void): void {
    onDone({ exitCode: 127, stdout: '', stderr: '' });
  }

  figures(): Readonly<Record<string, number>> {
    const { broker } = this;
    const figures: Record<string, number> = {
      connections: broker.links.size,
      channels: [...broker.links].reduce((sum, link) => sum + (link as Connection).channels.size, 0),
      memory_bytes: this.memoryBytes,
      disk_bytes: broker.store.bytes,
    };
    for (const vhost of broker.vhosts.values()) {
      for (const queue of vhost.queues.values()) {
        const name = readable(vhost.name === '/' ? queue.name : `${vhost.name}/${queue.name}`);
        figures[`messages_ready ${name}`] = queue.ready;
        figures[`messages_unacked ${name}`] = queue.unacked.size;
        figures[`consumers ${name}`] = queue.consumers.count;
      }
    }
    return figures;
  }

  get memoryBytes(): number {
    return this.broker.alarms.memoryBytes;
  }
}
