/** Where an image is not the real server: what its differences.ts lists and the site's page shows. */
export interface Difference {
  readonly what: string;
  readonly real: string;
  readonly lab: string;
  readonly why: string;
}
