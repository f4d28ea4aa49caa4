/** What a control of a figure does to the run. */
import { type Signal, signal } from '@preact/signals';
import type { FaultSpec, LoadSpec } from '../../engines/engine.ts';
import type { Run } from '../session/run.ts';
import type { FigureControl } from './props.ts';

/** Real ms between two injections while a slider moves. */
const EVERY_MS = 150;

export class ControlState {
  readonly control: FigureControl;
  /** On or off, or the slider's value. */
  readonly value: Signal<number>;
  private readonly run: Run;
  private readonly load: () => LoadSpec;
  private faultId: number | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** One change after the other: healing and injecting take a message each. */
  private work: Promise<void> = Promise.resolve();

  constructor(control: FigureControl, run: Run, load: LoadSpec, setRate: (rate: number) => LoadSpec) {
    this.control = control;
    this.run = run;
    this.load = () => setRate(this.value.value);
    this.value = signal(control.kind === 'rate' ? load.ratePerSecond : control.kind === 'slider' ? control.min : 0);
  }

  press(): void {
    const { control } = this;
    if (control.kind === 'once') this.then(async () => void (await this.run.inject(control.fault)));
    if (control.kind === 'toggle') this.set(this.value.value === 0 ? 1 : 0);
  }

  set(value: number): void {
    this.value.value = value;
    if (this.control.kind === 'toggle') {
      this.then(() => this.apply());
      return;
    }
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.then(() => this.apply());
    }, EVERY_MS);
  }

  /** A fault with `forMs` heals by itself: the control goes back to rest with it. */
  look(): void {
    if (this.faultId === null || this.control.kind !== 'toggle' || this.value.value === 0) return;
    const window = this.run.world.faults.windows.findLast((each) => each.id === this.faultId);
    if (window !== undefined && window.toMs !== null) {
      this.faultId = null;
      this.value.value = 0;
    }
  }

  /** The run begins anew: nothing is broken any more. */
  forget(): void {
    this.faultId = null;
    if (this.control.kind === 'toggle') this.value.value = 0;
    if (this.control.kind === 'slider') this.value.value = this.control.min;
  }

  private async apply(): Promise<void> {
    const { control, run } = this;
    if (control.kind === 'rate') {
      await run.startLoad(this.load());
      return;
    }
    if (control.kind === 'once') return;
    const old = this.faultId;
    this.faultId = null;
    if (old !== null) await run.heal(old);
    const value = this.value.value;
    const isOn = control.kind === 'toggle' ? value !== 0 : value > control.min;
    if (isOn)
      this.faultId = await run.inject(control.kind === 'toggle' ? control.fault : withValue(control.fault, value));
  }

  private then(step: () => Promise<void>): void {
    // A run that was stopped meanwhile rejects; there is nothing left to break then.
    this.work = this.work.then(step).catch(() => {});
  }
}

/** The fault with its magnitude replaced: ms for delays and CPU, percent for loss, reset and throttling. */
export function withValue(fault: FaultSpec, value: number): FaultSpec {
  switch (fault.kind) {
    case 'latency':
      return { ...fault, latencyMs: value };
    case 'cpu':
      return { ...fault, perRequestMs: value };
    case 'slow-close':
    case 'slow-disk':
    case 'dns-delay':
      return { ...fault, delayMs: value };
    case 'cpu-throttle':
      // At 100 % nothing is throttled.
      return { ...fault, share: Math.min(0.99, Math.max(0.01, value / 100)) };
    case 'loss':
    case 'reset':
      return { ...fault, probability: value / 100 };
    default:
      return fault;
  }
}
