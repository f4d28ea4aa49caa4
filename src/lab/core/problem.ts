/** Something the learner or author should mend: what, where, and what to do next. Same shape as the engines' Problem. */
export interface Problem {
  readonly message: string;
  readonly hint?: string;
  /** Path inside the project, as `gateway/src/main.ts`. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  readonly column?: number;
  readonly severity: 'error' | 'warning';
}
