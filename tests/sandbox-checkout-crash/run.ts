/** The sandbox booted in the lab, with a client that asks again until its order is taken. */
import { bundlePrograms } from '../../src/catalog/bundle.ts';
import { readTextFiles } from '../../src/catalog/folder.ts';
import type { ToolResult } from '../../src/lab/images/server.ts';
import type { Programs } from '../../src/lab/process/process.ts';
import { TestLab } from '../../src/lab/test-lab.ts';
import { type Books, QUERIES, type Queues, SERVICES, type ServiceName } from './books.ts';

export interface Scenario {
  readonly name: string;
  readonly country: string;
  readonly end: 'CONFIRMED' | 'CANCELLED';
}

/** The way that ends well, and the longest one back: shipping refuses, money and goods return. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'confirmed', country: 'CN', end: 'CONFIRMED' },
  { name: 'refused', country: 'XX', end: 'CANCELLED' },
];

export const DATABASES = SERVICES.map((name) => `${name}-db`);
/** All processes of the sandbox. */
export const PROCESSES: readonly string[] = [...SERVICES, 'view', 'rabbit', ...DATABASES];

const ASK_AGAIN_MS = 500;
const CLIENT_TIMEOUT_MS = 4000;

/** What is run. */
export interface Sandbox {
  readonly files: Readonly<Record<string, string>>;
  readonly programs: Programs;
}

/** As the catalog has it. */
export async function checkoutSandbox(): Promise<Sandbox> {
  const programs = await bundlePrograms({ amqplib: '2.3.1', pg: '8.23.1' }, process.cwd(), ['postgres', 'rabbitmq']);
  return { files: readTextFiles('sandboxes/checkout'), programs };
}

export type AllBooks = Readonly<Record<ServiceName, Books>>;

export class Run {
  readonly lab: TestLab;
  /** IDs of the order in the replies with status 202. */
  readonly acknowledged: string[] = [];
  private readonly scenario: Scenario;

  constructor({ files, programs }: Sandbox, scenario: Scenario) {
    this.scenario = scenario;
    this.lab = new TestLab(files, 1, programs);
    let isReady = false;
    this.lab.lab.onReady = () => {
      isReady = true;
    };
    for (let i = 0; i < 1000 && !isReady; i++) this.lab.run(10);
    if (!isReady) throw new Error('The sandbox does not get ready.');
  }

  get nowMs(): number {
    return this.lab.lab.scheduler.nowUs / 1000;
  }

  /** As a good client: under the same key until there is an answer. */
  post(): void {
    const { country } = this.scenario;
    this.lab.lab.request(
      {
        method: 'POST',
        url: 'http://order:8080/orders',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
        body: JSON.stringify({ customer: 'ada', country, items: [{ sku: 'mug', quantity: 1 }] }),
        timeoutMs: CLIENT_TIMEOUT_MS,
      },
      ({ status, body }) => {
        if (status === 202) this.acknowledged.push((JSON.parse(body) as { id: string }).id);
        else this.lab.lab.scheduler.after(ASK_AGAIN_MS * 1000, () => this.post());
      },
    );
  }

  /** Asks the database's own command for all that is committed; null when it does not answer. */
  books(service: ServiceName, onDone: (books: Books | null) => void): void {
    const argv = ['psql', '-U', service, '-d', service, '-c', QUERIES[service]];
    this.tool(`${service}-db-1`, argv, (result) =>
      onDone(result?.exitCode === 0 ? ((result.value as readonly Books[])[0] ?? null) : null),
    );
  }

  tool(endpoint: string, argv: readonly string[], onDone: (result: ToolResult | null) => void): void {
    this.lab.lab.system.machine.tool(endpoint, argv, onDone);
  }

  /** Lets time pass until they have answered; null when one does not. */
  allBooks(): AllBooks | null {
    const found: Partial<Record<ServiceName, Books>> = {};
    let open = SERVICES.length;
    for (const service of SERVICES)
      this.books(service, (books) => {
        open--;
        if (books !== null) found[service] = books;
      });
    for (let i = 0; i < 200 && open > 0; i++) this.lab.run(1);
    return SERVICES.every((service) => found[service] !== undefined) ? (found as AllBooks) : null;
  }

  queues(): Queues | null {
    let result: ToolResult | null | undefined;
    this.tool('rabbit-1', ['rabbitmqctl', 'list_queues'], (done) => {
      result = done;
    });
    for (let i = 0; i < 200 && result === undefined; i++) this.lab.run(1);
    if (result?.exitCode !== 0) return null;
    const rows = result.value as readonly { readonly name: string; readonly messages: number }[];
    return Object.fromEntries(rows.map(({ name, messages }) => [name, messages]));
  }

  /** What the read view counts; null when it does not answer. */
  view(): Readonly<Record<string, number>> | null {
    let body: string | null | undefined;
    this.lab.lab.request({ method: 'GET', url: 'http://view:8090/counts', timeoutMs: 500 }, (reply) => {
      body = reply.status === 200 ? reply.body : null;
    });
    for (let i = 0; i < 600 && body === undefined; i++) this.lab.run(1);
    return body ? JSON.parse(body) : null;
  }

  dispose(): void {
    this.lab.lab.system.dispose();
  }
}
