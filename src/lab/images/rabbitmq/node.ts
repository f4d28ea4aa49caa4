/** The server: boots, listens, stops, and answers what people ask of it. */
import type { Server, ServerMachine, ToolResult } from '../server.ts';
import { Broker } from './broker/broker.ts';
import { configure } from './configuration.ts';
import { COST, MEMORY_IDLE_BYTES } from './cost.ts';
import { Api } from './management/api.ts';
import { loadDefinitions } from './management/definitions.ts';
import { serveHttp } from './management/http.ts';
import { Views } from './management/views.ts';
import { Connection } from './protocol/connection.ts';
import { Tools } from './tools/tools.ts';
import { ERLANG_VERSION, VERSION } from './version.ts';
import { readable } from './wire/bytes.ts';

export class Node implements Server {
  private readonly machine: ServerMachine;
  private readonly broker: Broker;
  private readonly views: Views;
  private readonly tools: Tools;
  private isUp = false;

  constructor(machine: ServerMachine) {
    this.machine = machine;
    this.broker = new Broker(machine, configure(machine));
    this.views = new Views(this.broker);
    this.tools = new Tools(this.views, () => this.isUp);
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
    if (!this.loadDefinitions()) return;
    log.info('Ready to start client connection listeners');
    try {
      if (config.hasManagement) this.listenHttp();
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

  /** False when the node cannot start with them. */
  private loadDefinitions(): boolean {
    const { broker, machine } = this;
    const { definitionsFile } = broker.config;
    if (definitionsFile === null) return true;
    broker.log.info(`Applying definitions from file at '${definitionsFile}'`);
    const bytes = machine.disk.read(definitionsFile);
    try {
      loadDefinitions(broker, new TextDecoder().decode(bytes ?? new Uint8Array()));
      return true;
    } catch (error) {
      broker.log.error(`Failed to load definitions from '${definitionsFile}': ${(error as Error).message}`);
      machine.exit(1, 'definitions cannot be loaded');
      return false;
    }
  }

  private listenHttp(): void {
    const { broker, machine } = this;
    const api = new Api(this.views);
    const port = broker.config.managementPort;
    machine.listen(port, (socket) =>
      serveHttp(
        socket,
        () => machine.wallMs(),
        (request) => {
          let response: ReturnType<Api['handle']> | null = null;
          broker.turn(() => {
            response = api.handle(request);
          });
          return response!;
        },
      ),
    );
    broker.log.info(`Management plugin: HTTP (non-TLS) listener started on port ${port}`);
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

  tool(argv: readonly string[], onDone: (result: ToolResult) => void): void {
    let result: ToolResult | null = null;
    this.broker.turn(() => {
      result = this.tools.run(argv);
    });
    onDone(result!);
  }

  figures(): Readonly<Record<string, number>> {
    const { broker } = this;
    const figures: Record<string, number> = {
      connections: broker.links.size,
      channels: this.views.channels.length,
      memory_bytes: broker.alarms.memoryBytes,
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
    return this.broker.alarms.memoryBytes - MEMORY_IDLE_BYTES;
  }
}
