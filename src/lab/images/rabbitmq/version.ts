/** What the image behaves as; the real server of the tests is Debian's 3.10, the differences are in differences.ts. */
export const VERSION = '4.2.9';
export const ERLANG_VERSION = '27.3.4';
