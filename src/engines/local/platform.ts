/**
 * What the machine under the engine can do, and where the engine's own programs lie on it. `this-machine.ts` is the one
 * for ordinary machines; a WebContainer has its own (engines/webcontainer/inside.ts).
 */

export interface Platform {
  /** The engine as a sentence begins with it, as `The local engine`. */
  readonly name: string;
  /** How a sentence ends that refuses something, as `run this check with --engine lab`. */
  readonly insteadUse: string;
  /** All of 127.0.0.0/8 is this machine; otherwise every replica shares 127.0.0.1 and ports are chosen by the system. */
  readonly hasSubnet: boolean;
  /** A process inherits descriptors beyond 2; otherwise it connects to the engine and says a secret. */
  readonly inheritsDescriptors: boolean;
  /** A process can lead a group of its own and be signalled with it. */
  readonly hasGroups: boolean;
  /** SIGSTOP and SIGCONT. */
  readonly canStop: boolean;
  /** It says how much memory a process has. */
  readonly seesMemory: boolean;
  /** Its Node runs `.ts` by itself; otherwise files are compiled when they are written. */
  readonly stripsTypes: boolean;
  /** For every Node process. */
  readonly nodeFlags: readonly string[];
  /** URL of guest/preload.ts, for `node --import`. */
  readonly preload: string;
  /** URL of guest/hooks.ts, for Nodes that load hooks in a thread of their own. */
  readonly hooks: string;
  /** Path of servers/image-program.ts. */
  readonly imageProgram: string;
  /** Path of reaper.ts; null where whoever ends the engine ends all that it has started. */
  readonly reaper: string | null;
  /** Where compiled code of earlier runs is kept; null for nowhere. */
  readonly cacheFolder: string | null;
  /** Linked into each run's folder; null when Node finds the packages above `tmpFolder` by itself. */
  readonly nodeModules: string | null;
  /** Runs have their private folders here. */
  readonly tmpFolder: string;
  /** Node's own import, of a file that this program has written. */
  importModule(url: string): Promise<unknown>;
}

/** What a machine can do of which nothing is known. */
export const LEAST = {
  hasSubnet: false,
  inheritsDescriptors: false,
  hasGroups: false,
  canStop: false,
  seesMemory: false,
  stripsTypes: false,
  cacheFolder: null,
} as const satisfies Partial<Platform>;
