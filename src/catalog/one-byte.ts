/**
 * A script as V8 keeps it with one byte a character. One character beyond Latin-1 anywhere makes it two bytes for all
 * of them, in the page, in each worker, and in each copy that a process evaluates: for the editor and the lab together
 * some 20 MB. Written as escapes they also compress a little better.
 */

/** Raw text of a template is what its tag sees, and the only place where an escape is not the character. */
const RAW_BEYOND = /\braw`(?:[^`\\]|\\.)*[^\0-\xff]/;

/** The same program with every character beyond Latin-1 as `\uXXXX`; unchanged where String.raw would see that. */
export function oneByte(code: string): string {
  if (RAW_BEYOND.test(code)) return code;
  // Without the u flag: an astral character is two escapes, which strings, templates and regular expressions read as one.
  return code.replace(/[^\0-\xff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
