/** What is left of a replica when several faults of one kind hold it: the last begun rules, those below it come back. */
import type { Network } from '../net/network.ts';
import type { FaultTarget, FaultyProcess } from './fault.ts';

export class Holds<Value> {
  private readonly byNetwork = new WeakMap<Network, Map<string, readonly { readonly value: Value }[]>>();
  private readonly apply: (process: FaultyProcess, value: Value | null) => void;

  /** `apply` sets the value that counts from now on, null when no fault is left. */
  constructor(apply: (process: FaultyProcess, value: Value | null) => void) {
    this.apply = apply;
  }

  /** Holds all replicas that `name` means now; returns what lets go of them. */
  begin(name: string, value: Value, target: FaultTarget): () => void {
    const held = this.on(target.network);
    const mine = { value };
    const endpoints = target.endpointsOf(name);
    for (const endpoint of endpoints) {
      held.set(endpoint, [...(held.get(endpoint) ?? []), mine]);
      this.apply(target.process(endpoint), value);
    }
    return () => {
      for (const endpoint of endpoints) {
        const left = (held.get(endpoint) ?? []).filter((other) => other !== mine);
        held.set(endpoint, left);
        this.apply(target.process(endpoint), left[left.length - 1]?.value ?? null);
      }
    };
  }

  private on(network: Network): Map<string, readonly { readonly value: Value }[]> {
    let held = this.byNetwork.get(network);
    if (held === undefined) {
      held = new Map();
      this.byNetwork.set(network, held);
    }
    return held;
  }
}
