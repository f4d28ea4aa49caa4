/** What lessons, workbench, prove and bench know of a sandbox or an exercise after it was read from its folder. */

/** A text in the interface languages. English is always there and is what missing languages fall back to. */
export type Localized = { readonly en: string } & Partial<Readonly<Record<'zh-cn', string>>>;

export interface Sandbox {
  readonly id: string;
  readonly title: Localized;
  /** One or two sentences for lists and link previews. */
  readonly summary: Localized;
  /** What Run begins with; a GET of the first published port when absent. */
  readonly load?: ExerciseLoad;
  /** Text files by path inside the folder; sandbox.yaml itself is not among them. */
  readonly files: Readonly<Record<string, string>>;
  /** npm packages that its services declare in their package.json, with versions. */
  readonly dependencies: Readonly<Record<string, string>>;
}

export interface Exercise {
  /** As `D14`. */
  readonly id: string;
  /** Folder name, as `d14-breaker`. */
  readonly slug: string;
  readonly title: Localized;
  readonly sandbox: string;
  /** Paths that the learner may edit; all others are taken from the starter when grading. */
  readonly editable: readonly string[];
  /** One after the other, each more concrete than the one before. */
  readonly hints: readonly Localized[];
  /** brief.mdx is rendered by the lesson; this is its first paragraph as text: the incident. */
  readonly incident: Localized;
  /** The sandbox's files with starter/ laid over them. */
  readonly starter: Readonly<Record<string, string>>;
  /** The check that the starter must fail, by its exact name. */
  readonly starterFails: string;
  /** Only the files that change against the starter. */
  readonly solution: Readonly<Record<string, string>>;
  readonly rejected: readonly Design[];
  readonly accepted: readonly Design[];
  /** What the workbench sends while one explores: the traffic that the incident concerns. */
  readonly load?: ExerciseLoad;
  readonly checks: string;
  readonly seeds: readonly number[];
  readonly hiddenSeeds: readonly number[];
}

export interface ExerciseLoad {
  readonly method: string;
  readonly url: string;
  readonly ratePerSecond: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Design {
  /** Folder name, as `timeout-only`. */
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** For a rejected design: the check that must fail. */
  readonly failsCheck?: string;
}
