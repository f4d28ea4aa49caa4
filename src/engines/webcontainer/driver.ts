/** Does with an engine what the page's messages say, and answers as the lab's worker does. */
import type { Engine, Session, TraceEvent } from '../engine.ts';
import type { Call, PageMessage, WireMessage } from '../remote/messages.ts';

/** Of a watched check, in one message. */
const BATCH_EVENTS = 2000;

export class Driver {
  private readonly engine: Engine;
  private readonly post: (message: WireMessage) => void;
  private session: Session | null = null;

  constructor(engine: Engine, post: (message: WireMessage) => void) {
    this.engine = engine;
    this.post = post;
  }

  take(message: PageMessage): void {
    this.do(message).catch((error: unknown) =>
      this.post({ kind: 'broken', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  }

  private async do(message: PageMessage): Promise<void> {
    switch (message.kind) {
      case 'ping':
        this.post({ kind: 'pong' });
        return;
      case 'boot':
        await this.boot(message);
        return;
      case 'check':
        await this.check(message);
        return;
      case 'play':
      case 'pause':
        this.session?.[message.kind]();
        return;
      case 'step':
        this.session?.step(message.unit);
        return;
      case 'call':
        await this.call(message);
        return;
      default:
        // Scripts for the lab: there is none here.
        return;
    }
  }

  private async boot({ files, options }: Extract<PageMessage, { kind: 'boot' }>): Promise<void> {
    const result = await this.engine.boot({ id: 'project', files, packagesUrl: '' }, options);
    if (!result.ok) {
      this.post({ kind: 'refused', problems: result.problems });
      return;
    }
    const { session } = result;
    this.session = session;
    this.post({ kind: 'booted', topology: session.topology });
    session.subscribe((update) =>
      this.post(
        update.kind === 'trace'
          ? { kind: 'trace', nowMs: update.nowMs, json: JSON.stringify(update.events) }
          : { kind: 'update', update },
      ),
    );
  }

  private async check({ job }: Extract<PageMessage, { kind: 'check' }>): Promise<void> {
    const { exerciseId, files, checks, seeds, without, isWatched } = job;
    let events: TraceEvent[] = [];
    const tell = () => {
      if (events.length > 0) this.post({ kind: 'trace', nowMs: events.at(-1)!.atMs, json: JSON.stringify(events) });
      events = [];
    };
    const verdict = await this.engine.check(
      {
        exerciseId,
        checks,
        seeds,
        project: { id: exerciseId, files, packagesUrl: '' },
        ...(without !== undefined && { without }),
      },
      (share) => this.post({ kind: 'progress', share }),
      undefined,
      isWatched
        ? (more) => {
            events.push(...more);
            if (events.length >= BATCH_EVENTS) tell();
          }
        : undefined,
    );
    tell();
    this.post({ kind: 'verdict', verdict });
  }

  private async call({ id, call }: Extract<PageMessage, { kind: 'call' }>): Promise<void> {
    try {
      if (this.session === null) throw new Error('Nothing runs.');
      this.post({ kind: 'answer', id, value: await answer(this.session, call) });
    } catch (error) {
      this.post({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
    }
  }
}

async function answer(session: Session, call: Call): Promise<unknown> {
  switch (call.name) {
    case 'request':
      return session.request(call.spec);
    case 'inject':
      return session.inject(call.fault);
    case 'heal':
      await session.heal(call.faultId);
      return null;
    case 'startLoad':
      return session.startLoad(call.spec);
    case 'stopLoad':
      await session.stopLoad(call.loadId);
      return null;
    case 'exec': {
      const { status, ...rest } = await session.exec(call.service, call.argv, call.replica);
      return { exitCode: status, ...rest };
    }
    case 'control':
      await session.control(call.action);
      return null;
    case 'capture':
      await session.capture(call.isOn);
      return null;
    case 'edit':
      return session.edit(call.files);
  }
}
