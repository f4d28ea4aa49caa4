/** Why there is no container, or no longer one. */

export type FailureCode =
  /** The page is not cross-origin isolated: the server does not send the headers, or the browser does not heed them. */
  | 'not-isolated'
  /** The site has nothing to mount for this project, or it could not be fetched. */
  | 'unprepared'
  /** `boot()` did not settle in time, as it never does offline. */
  | 'no-answer'
  /** `boot()` was rejected: an old browser, storage of third parties that is blocked. */
  | 'refused'
  /** The files could not be put into it. */
  | 'not-mounted'
  /** The program inside says nothing, or no longer anything. */
  | 'silent'
  /** It has ended, or says that it failed. */
  | 'ended';

export class ContainerFailure extends Error {
  readonly code: FailureCode;
  /** What the runtime or the program inside said, in its own words; '' for nothing. */
  readonly detail: string;

  constructor(code: FailureCode, detail = '') {
    super(detail === '' ? code : `${code}: ${detail}`);
    this.name = 'ContainerFailure';
    this.code = code;
    this.detail = detail;
  }
}

/** What anything that was thrown says. */
export function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
