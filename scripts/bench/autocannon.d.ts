/** The part of autocannon that the bench uses; the package ships no types. */
declare module 'autocannon' {
  interface Result {
    readonly duration: number;
    readonly errors: number;
    readonly non2xx: number;
    readonly requests: { readonly total: number };
  }
  export default function autocannon(options: { url: string; connections: number; duration: number }): Promise<Result>;
}
