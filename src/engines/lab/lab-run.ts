/** One running system inside the worker: the lab, paced, with its trace sent out in batches. */
import { createLab, type Lab, type Programs } from '../../lab/index.ts';
import type { BootOptions, CapturedPacket, EditResult, SessionUpdate, TimedAction, TraceEvent } from '../engine.ts';
import type { Call, Files, PageMessage, WireMessage } from '../remote/messages.ts';
import { BootWatch } from './boot-watch.ts';
import { Pacer, type PacerHost } from './pacer.ts';

export type Clock = Pick<PacerHost, 'nowMs' | 'soon' | 'later'>;

export interface LabRunOptions {
  readonly files: Files;
  readonly options: BootOptions;
  readonly programs: Programs;
  readonly clock: Clock;
  readonly post: (message: WireMessage) => void;
}

/** Real ms between two batches: eyes see no difference, and a message costs the page more than an event. */
const BATCH_MS = 50;
/** In a batch; what is more is counted. Nobody reads faster, and the page keeps no more. */
const PACKETS_MAX = 2000;

export class LabRun {
  private readonly lab: Lab;
  private readonly pacer: Pacer;
  private readonly clock: Clock;
  private readonly post: (message: WireMessage) => void;
  private files: Files;
  private events: TraceEvent[] = [];
  private packets: CapturedPacket[] = [];
  private missed = 0;
  private sentMs = 0;
  private requestsSeen = 0;
  private isOver = false;

  /** Boots the project; null when it was refused. Either way the page is told. */
  static start(options: LabRunOptions): LabRun | null {
    const { files, programs, clock, post } = options;
    const lab = createLab({ files, seed: options.options.seed, programs, realNowMs: clock.nowMs });
    if (!lab.ok) {
      post({ kind: 'refused', problems: lab.problems });
      return null;
    }
    return new LabRun(lab.lab, options);
  }

  private constructor(lab: Lab, { files, options, clock, post }: LabRunOptions) {
    this.lab = lab;
    this.files = files;
    this.clock = clock;
    this.post = post;
    const watch = new BootWatch(lab.topology);
    lab.trace.subscribe((event) => {
      this.events.push(event);
      watch.see(event);
      if (event.kind === 'request') this.requestsSeen++;
    });
    lab.onProblem = (problem) => this.update({ kind: 'problem', problem });
    lab.onLoadTick = (tick) => this.update({ kind: 'load', tick });
    this.pacer = new Pacer(steerable(lab), {
      ...clock,
      // The moment the system is up is what everybody waits for: it is told at once.
      afterSlice: (isDue) => this.afterSlice(isDue || watch.takeUp()),
      hasEnded: () => lab.ended !== null,
      isHurried: () => watch.isBooting,
    });
    post({ kind: 'booted', topology: lab.topology });
    lab.boot();
    this.follow(options.script ?? []);
    this.pacer.speed = options.speed;
    if (options.paused === true) this.afterSlice(true);
    else this.pacer.play(options.speed);
    this.tellClock();
  }

  /** Does again what was done, one after the other. Each comes after all else of its moment, as it did then. */
  private follow([next, ...rest]: readonly TimedAction[]): void {
    if (next === undefined) return;
    const { scheduler } = this.lab;
    const act = () => {
      if (scheduler.nextUs <= scheduler.nowUs) {
        scheduler.after(0, act);
        return;
      }
      this.call({ id: 0, call: next.action });
      this.follow(rest);
    };
    scheduler.at(Math.round(next.atMs * 1000), act);
  }

  take(message: PageMessage): void {
    switch (message.kind) {
      case 'play':
        this.pacer.play(message.speed ?? this.pacer.speed);
        this.tellClock();
        return;
      case 'pause':
        this.pacer.pause();
        this.tellClock();
        return;
      case 'step': {
        const before = this.requestsSeen;
        this.pacer.stepUntil(() => message.unit === 'event' || this.requestsSeen > before);
        this.tellClock();
        return;
      }
      case 'call':
        // What is due at this moment comes first: an action is known by its time alone, and so can be done again there.
        this.lab.scheduler.runUntil(this.lab.scheduler.nowUs);
        this.call(message);
        // The page did something: let it be seen at once.
        if (this.pacer.state === 'paused') this.afterSlice(true);
        this.pacer.wake();
        return;
    }
  }

  private call({ id, call }: { readonly id: number; readonly call: Call }): void {
    this.post({ kind: 'taken', id, atMs: this.lab.scheduler.nowUs / 1000 });
    try {
      this.answer(id, call);
    } catch (error) {
      this.post({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
    }
  }

  private answer(id: number, call: Call): void {
    const { lab } = this;
    const answer = (value: unknown) => this.post({ kind: 'answer', id, value });
    switch (call.name) {
      case 'request':
        lab.request(call.spec, answer);
        break;
      case 'inject':
        answer(lab.inject(call.fault));
        break;
      case 'heal':
        lab.heal(call.faultId);
        answer(null);
        break;
      case 'startLoad':
        answer(lab.startLoad(call.spec));
        break;
      case 'stopLoad':
        lab.stopLoad(call.loadId);
        answer(null);
        break;
      case 'exec':
        lab.exec(call, answer);
        break;
      case 'control':
        lab.control(call.action);
        answer(null);
        break;
      case 'capture':
        lab.network.onPacket = call.isOn ? (packet) => this.capture(packet) : null;
        answer(null);
        break;
      case 'edit':
        answer(this.edit(call.files));
        break;
    }
  }

  /** The page sends only what changed; with problems everything stays as it was. */
  private edit(changes: Files): EditResult {
    const files = { ...this.files, ...changes };
    const result = this.lab.edit(files);
    if (!result.problems.some(({ severity }) => severity === 'error')) this.files = files;
    return result;
  }

  private capture(packet: CapturedPacket): void {
    if (this.packets.length < PACKETS_MAX) this.packets.push(packet);
    else this.missed++;
  }

  private afterSlice(isDue: boolean): void {
    const now = this.clock.nowMs();
    if (!isDue && now - this.sentMs < BATCH_MS) return;
    this.sentMs = now;
    const { events } = this;
    this.events = [];
    this.post({ kind: 'trace', nowMs: this.lab.scheduler.nowUs / 1000, json: JSON.stringify(events) });
    if (this.packets.length > 0) {
      const { packets, missed } = this;
      this.packets = [];
      this.missed = 0;
      this.update({ kind: 'packets', packets, missed });
    }
    const problem = this.lab.ended;
    if (problem === null || this.isOver) return;
    this.isOver = true;
    this.update({ kind: 'ended', reason: problem.message, problem });
  }

  private tellClock(): void {
    const { state, speed } = this.pacer;
    this.update({ kind: 'clock', nowMs: this.lab.scheduler.nowUs / 1000, state, speed });
  }

  private update(update: Exclude<SessionUpdate, { kind: 'trace' }>): void {
    this.post({ kind: 'update', update });
  }
}

function steerable({ scheduler }: Lab) {
  return {
    get nowUs() {
      return scheduler.nowUs;
    },
    get nextUs() {
      return scheduler.nextUs;
    },
    step: (untilUs: number) => scheduler.step(untilUs),
    advanceTo: (us: number) => void scheduler.runUntil(us),
  };
}
