/**
 * `test`, `describe` and hooks: collected while the checks file is evaluated, then run one after the other. Driven by
 * callbacks; a test's promise belongs to the check process and is only listened to.
 */
import type { CheckError, CheckHost } from './host.ts';
import type { Measurement, Plot } from './verdict.ts';

type Body = () => unknown;

/** What one test of one seed came to. */
export interface TestRun {
  readonly name: string;
  readonly measurements: Measurement[];
  error: CheckError | null;
  /** Filled after the run, when all series are complete. */
  plots: readonly Plot[];
  isDone: boolean;
}

interface Group {
  readonly name: string;
  readonly beforeAll: Body[];
  readonly afterAll: Body[];
  readonly beforeEach: Body[];
  readonly afterEach: Body[];
  readonly members: (Group | Test)[];
}

interface Test {
  readonly body: Body;
  readonly run: TestRun;
}

export interface SuiteEvents {
  onTestStart(run: TestRun): void;
  onTestEnd(run: TestRun): void;
}

export class Suite {
  readonly runs: TestRun[] = [];
  /** The test or hook that runs now, as the deadlock sentence names it. */
  doing = 'the top level of the checks';
  private readonly root: Group = newGroup('');
  private group: Group = this.root;
  private isCollecting = true;
  private readonly host: CheckHost;
  private readonly events: SuiteEvents;

  constructor(host: CheckHost, events: SuiteEvents) {
    this.host = host;
    this.events = events;
  }

  /** What the checks import as 'vitest', `expect` apart. */
  get api(): Readonly<Record<string, unknown>> {
    const add = (kind: 'beforeAll' | 'afterAll' | 'beforeEach' | 'afterEach') => (body: Body) => {
      this.mustCollect(kind);
      this.group[kind].push(body);
    };
    const test = (name: string, body: Body) => this.addTest(name, body);
    const banned = (what: string) => () => {
      throw new Error(`${what} is not for checks: a grader that leaves out a check grades nothing`);
    };
    for (const what of ['skip', 'only', 'todo', 'fails']) Object.assign(test, { [what]: banned(`test.${what}`) });
    return {
      test,
      it: test,
      describe: (name: string, body: () => void) => this.describe(name, body),
      beforeAll: add('beforeAll'),
      afterAll: add('afterAll'),
      beforeEach: add('beforeEach'),
      afterEach: add('afterEach'),
    };
  }

  /** Runs everything that was collected; `onDone` when the last hook is through. */
  start(onDone: () => void): void {
    this.isCollecting = false;
    this.runGroup(this.root, [], [], onDone);
  }

  private addTest(name: string, body: Body): void {
    this.mustCollect('test');
    const path = this.group === this.root ? name : `${this.group.name} › ${name}`;
    if (this.runs.some((run) => run.name === path))
      throw new Error(`two checks are named "${path}"; a verdict could not tell them apart`);
    if (typeof body !== 'function') throw new TypeError(`test('${path}') needs a function`);
    const run: TestRun = { name: path, measurements: [], error: null, plots: [], isDone: false };
    this.runs.push(run);
    this.group.members.push({ body, run });
  }

  private describe(name: string, body: () => void): void {
    this.mustCollect('describe');
    const outer = this.group;
    const group = newGroup(outer === this.root ? name : `${outer.name} › ${name}`);
    outer.members.push(group);
    this.group = group;
    try {
      body();
    } finally {
      this.group = outer;
    }
  }

  private mustCollect(what: string): void {
    if (!this.isCollecting)
      throw new Error(`${what}() was called while the checks were running; call it at the top level`);
  }

  private runGroup(group: Group, before: readonly Body[], after: readonly Body[], onDone: () => void): void {
    const beforeEach = [...before, ...group.beforeEach];
    const afterEach = [...group.afterEach, ...after];
    const where = group.name === '' ? '' : ` of "${group.name}"`;
    this.runAll(group.beforeAll, `beforeAll${where}`, (error) => {
      const members = [...group.members];
      const next = (): void => {
        const member = members.shift();
        if (member === undefined) {
          this.runAll(group.afterAll, `afterAll${where}`, (lateError) => {
            if (lateError !== null) failAll(group, `afterAll${where} failed: ${lateError.message}`, lateError);
            onDone();
          });
        } else if (error !== null) {
          failAll(member, `beforeAll${where} failed: ${error.message}`, error);
          next();
        } else if ('members' in member) this.runGroup(member, beforeEach, afterEach, next);
        else this.runTest(member, beforeEach, afterEach, next);
      };
      next();
    });
  }

  private runTest(test: Test, before: readonly Body[], after: readonly Body[], onDone: () => void): void {
    const { run } = test;
    this.events.onTestStart(run);
    this.runAll([...before, test.body], `"${run.name}"`, (error) => {
      // A failed expectation is told by its measurement; only other errors are an error of the check.
      if (error !== null && !isExpectation(error)) run.error = error;
      this.runAll(after, `afterEach of "${run.name}"`, (lateError) => {
        if (lateError !== null && run.error === null) run.error = lateError;
        if (run.measurements.length === 0 && run.error === null) {
          run.error = { message: 'the check made no expectation, so it proves nothing' };
        }
        run.isDone = true;
        this.events.onTestEnd(run);
        onDone();
      });
    });
  }

  private runAll(bodies: readonly Body[], what: string, onDone: (error: CaughtError | null) => void): void {
    let i = 0;
    const next = (): void => {
      const body = bodies[i++];
      if (body === undefined) {
        onDone(null);
        return;
      }
      this.doing = what;
      this.call(body, (error) => (error === null ? next() : onDone(error)));
    };
    next();
  }

  /** Calls into the check process and waits for what it returned. */
  private call(body: Body, onDone: (error: CaughtError | null) => void): void {
    const { host } = this;
    let isDone = false;
    const finish = (error: CaughtError | null): void => {
      if (isDone) return;
      isDone = true;
      // Out of the check's own stack, so that a thousand tests do not nest.
      host.scheduler.after(0, () => onDone(error));
    };
    const fail = (error: unknown): void => finish({ ...host.describe(error), cause: error });
    host.enter(() => {
      let result: unknown;
      try {
        result = body();
      } catch (error) {
        fail(error);
        return;
      }
      host.Promise.resolve(result).then(() => finish(null), fail);
    });
  }
}

interface CaughtError extends CheckError {
  readonly cause: unknown;
}

function isExpectation(error: CaughtError): boolean {
  return error.cause instanceof Error && error.cause.name === 'AssertionError';
}

function failAll(member: Group | Test, message: string, error: CheckError): void {
  if ('members' in member) for (const inner of member.members) failAll(inner, message, error);
  else if (member.run.error === null) {
    const { hint, file, line } = error;
    member.run.error = { message, ...(hint && { hint }), ...(file && { file }), ...(line && { line }) };
    member.run.isDone = true;
  }
}

function newGroup(name: string): Group {
  return { name, beforeAll: [], afterAll: [], beforeEach: [], afterEach: [], members: [] };
}
