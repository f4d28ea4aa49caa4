/** What of Node the lab has, as data: measured by cli/fidelity.ts, shown by the site. */

export interface ModuleReport {
  /** Without `node:`. */
  readonly name: string;
  /** `core`: every program has it. `full`: programs that name it have it. `missing`: importing it fails with `sentence`. */
  readonly set: 'core' | 'full' | 'missing';
  /** How many of Node's names are there. */
  readonly has: number;
  /** Names that Node has and the lab has not. */
  readonly lacks: readonly string[];
  readonly sentence?: string;
}

/** A server image beside the real server. */
export interface ImageReport {
  readonly name: string;
  /** The real server's version as which it behaves. */
  readonly version: string;
  /** Commands, statements or methods that it knows. */
  readonly supported: readonly string[];
  readonly differences: readonly {
    readonly what: string;
    readonly real: string;
    readonly lab: string;
    readonly why: string;
  }[];
}

export interface FidelityReport {
  readonly node: string;
  readonly modules: readonly ModuleReport[];
  readonly globals: { readonly has: number; readonly lacks: readonly string[] };
  readonly images: readonly ImageReport[];
  /** Packages that a test runs in the lab and on real Node with the same outcome. */
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}
