/** For tests: a project in a few lines, booted in the lab on Node. Not part of what ships. */
import { bundlePrograms } from '../catalog/bundle.ts';
import type { TraceEvent } from './core/events.ts';
import type { Problem } from './core/problem.ts';
import { createLab, type Lab, type LabReply, type LabRequest } from './lab.ts';
import type { Programs } from './process/process.ts';

let programs: Promise<Programs> | undefined;

/** The bundles that every process evaluates; made once per test file. */
export function testPrograms(): Promise<Programs> {
  programs ??= bundlePrograms({ express: '5.3.0' }, process.cwd());
  return programs;
}

export interface ServiceText {
  /** Text of src/main.ts. */
  readonly main: string;
  /** Further lines of the service in compose.yaml, indented by four spaces. */
  readonly compose?: string;
  /** Further files of the service, as `src/other.ts`. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A project's files: one folder a service, node:24-alpine, `node src/main.ts`. */
export function projectOf(services: Readonly<Record<string, ServiceText>>): Record<string, string> {
  const files: Record<string, string> = {};
  let compose = 'services:\n';
  for (const [name, { main, compose: more = '', files: others = {} }] of Object.entries(services)) {
    compose += `  ${name}:\n    build: ./${name}\n${more}`;
    files[`${name}/Dockerfile`] =
      'FROM node:24-alpine\nWORKDIR /app\nCOPY package.json ./\nCOPY src ./src\nCMD ["node", "src/main.ts"]\n';
    files[`${name}/package.json`] = `{ "name": "${name}", "type": "module", "dependencies": { "express": "5.3.0" } }\n`;
    files[`${name}/src/main.ts`] = main;
    for (const [path, text] of Object.entries(others)) files[`${name}/${path}`] = text;
  }
  files['compose.yaml'] = compose;
  return files;
}

export class TestLab {
  readonly lab: Lab;
  readonly files: Readonly<Record<string, string>>;
  readonly events: TraceEvent[] = [];
  readonly problems: Problem[] = [];

  /** `realNowMs` null: not even the guard against endless loops looks at the host's clock. */
  constructor(
    files: Readonly<Record<string, string>>,
    seed: number,
    programs: Programs,
    realNowMs: (() => number) | null = () => performance.now(),
  ) {
    const made = createLab({ files, seed, programs, ...(realNowMs ? { realNowMs } : {}) });
    if (!made.ok) throw new Error(made.problems.map((p) => `${p.file}:${p.line} ${p.message}`).join('\n'));
    this.lab = made.lab;
    this.files = files;
    this.lab.trace.subscribe((event) => this.events.push(event));
    this.lab.onProblem = (problem) => this.problems.push(problem);
    this.lab.boot();
  }

  static async boot(services: Readonly<Record<string, ServiceText>>, seed = 1): Promise<TestLab> {
    return new TestLab(projectOf(services), seed, await testPrograms());
  }

  /** Lets virtual time pass. */
  run(ms: number): void {
    this.lab.scheduler.runUntil(this.lab.scheduler.nowUs + ms * 1000, () => this.lab.ended !== null);
  }

  request(url: string, more: Partial<LabRequest> = {}): LabReply {
    let reply: LabReply | null = null;
    this.lab.request({ method: 'GET', url, ...more }, (result) => {
      reply = result;
    });
    for (let i = 0; reply === null && i < 1_000_000 && this.lab.ended === null; i++) this.lab.scheduler.step();
    if (reply === null) throw new Error(`No reply: ${this.lab.ended?.message ?? 'nothing happens any more'}`);
    return reply;
  }

  /** Text of all logs of a service or replica. */
  logs(endpoint: string): string {
    return this.events
      .filter((event) => event.kind === 'log')
      .filter((event) => event.endpoint === endpoint || event.endpoint.startsWith(`${endpoint}-`))
      .map((event) => event.text)
      .join('\n');
  }

  exits(endpoint: string) {
    return this.events
      .filter((event) => event.kind === 'process')
      .filter((event) => event.state === 'exited' && event.endpoint === endpoint);
  }
}
