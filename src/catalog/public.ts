/** The JSON that the browser fetches from public/_lab, written by assets.ts and read by client.ts. All URLs are relative to the manifest's folder. */
import type { Exercise, Sandbox } from './types.ts';

export interface Manifest {
  /** The lab itself: one script for a worker. */
  readonly worker: string;
  /** Node's built-in modules for the lab's processes: text that the worker evaluates once a process. */
  readonly builtins: string;
  /** The same with http2, zlib and so on; fetched only for a project that names something of it. */
  readonly fullBuiltins: string;
  /** Scripts of server images by name, `redis`; fetched only for a project whose compose file names them. */
  readonly images: Readonly<Record<string, string>>;
  /** The page that puts the worker into an origin of its own. */
  readonly frame: string;
  readonly sandboxes: Readonly<Record<string, SandboxEntry>>;
  /** By slug, as `d14-breaker`. */
  readonly exercises: Readonly<Record<string, ExerciseEntry>>;
}

export interface SandboxEntry {
  readonly url: string;
  readonly packages: string;
  /** d.ts files for the editor: path below node_modules → text. */
  readonly types: string;
  /** package-lock.json files by path; fetched only for a download. */
  readonly locks: string;
  /** What is mounted into a WebContainer (container-tree.ts); only of sites that offer one. */
  readonly tree?: string;
}

export interface ExerciseEntry {
  readonly id: string;
  readonly sandbox: string;
  readonly url: string;
  /** As a sandbox's. */
  readonly locks: string;
}

/** Lock files stay out: nothing in the browser reads them, and their hashes do not compress. */
export type PublicSandbox = Sandbox;

/** What a learner may see. The rejected designs and hidden seeds would be a key to the grader. */
export type PublicExercise = Omit<Exercise, 'rejected' | 'accepted' | 'hiddenSeeds' | 'starterFails'>;
