/**
 * Stack traces as the learner's program would have them on Node: frames of the program, its packages and Node's
 * built-ins; none of the lab's.
 */

export interface Place {
  /** Absolute path in the container. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

// V8: "at f (file:///app/src/main.ts:1:2)"; Firefox and Safari: "f@file:///app/src/main.ts:1:2".
const FRAME = /^\s*(?:at )?(?:(.*?)[ @]\(?|\(?)((?:file|node):[^\s()]*):(\d+):(\d+)\)?$/;

/** The first frame that is the program's own, not a package's or a built-in's. */
export function placeOf(error: unknown): Place | null {
  for (const line of stackOf(error).split('\n')) {
    const match = FRAME.exec(line);
    const url = match?.[2];
    if (!url?.startsWith('file:///') || url.includes('/node_modules/')) continue;
    return { path: url.slice('file://'.length), line: Number(match![3]), column: Number(match![4]) };
  }
  return null;
}

/** `error.stack` with only the frames a learner should see, in V8's wording on every browser. */
export function cleanStack(error: unknown): string {
  const stack = stackOf(error);
  const head = headOf(error, stack);
  const frames: string[] = [];
  for (const line of stack.slice(stack.startsWith(head) ? head.length : 0).split('\n')) {
    const match = FRAME.exec(line);
    if (!match) continue;
    const name = (match[1] ?? '').replace(/^at /, '').replace(/^(async |Generator\.)?next$/, '');
    const at = `${match[2]}:${match[3]}:${match[4]}`;
    frames.push(name && name !== '<anonymous>' ? `    at ${name} (${at})` : `    at ${at}`);
  }
  return [head, ...frames].join('\n');
}

interface CallSite {
  getFunctionName(): string | null;
  getTypeName(): string | null;
  isConstructor(): boolean;
  getScriptNameOrSourceURL(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
}

/**
 * V8's hook (Error.prepareStackTrace), set while a process runs: what a program reads from `error.stack`, and may send to
 * its clients, must not depend on where the lab's own code lies. Engines without the hook show their own wording.
 */
export function prepareStackTrace(error: unknown, sites: readonly CallSite[]): string {
  let text: string;
  try {
    text = String(error);
  } catch {
    text = 'Error';
  }
  for (const site of sites) {
    const url = site.getScriptNameOrSourceURL() ?? '';
    if (!isOfProgram(url)) continue;
    const at = `${url}:${site.getLineNumber()}:${site.getColumnNumber()}`;
    const name = nameOf(site);
    text += name === '' ? `\n    at ${at}` : `\n    at ${name} (${at})`;
  }
  return text;
}

/** Receivers that say nothing: V8 leaves them out or they are what lowering made of an async function. */
const PLAIN_RECEIVERS = new Set(['Object', 'Generator', 'Function', 'Window', 'global', 'DedicatedWorkerGlobalScope']);

function nameOf(site: CallSite): string {
  const name = site.getFunctionName() ?? '';
  if (site.isConstructor()) return `new ${name || '<anonymous>'}`;
  const type = site.getTypeName();
  if (type === null || PLAIN_RECEIVERS.has(type)) return name === 'eval' ? '' : name;
  return name.startsWith(`${type}.`) ? name : `${type}.${name || '<anonymous>'}`;
}

/** Not the lab's own files, which on Node are also file: URLs. */
function isOfProgram(url: string): boolean {
  return (
    url.startsWith('node:') ||
    (url.startsWith('file:///') && !/\/src\/lab\/|\/node_modules\/(?!packages\.js)/.test(url))
  );
}

/** A text that a program logs, with the lab's own frames taken out of the stack traces in it. */
export function withoutLabFrames(text: string): string {
  if (!text.includes('\n    at ')) return text;
  return text
    .split('\n')
    .filter((line) => !/^\s+at .*(\/src\/lab\/|blob:|\(<anonymous>\)$)/.test(line))
    .join('\n');
}

function stackOf(error: unknown): string {
  try {
    const stack = (error as { stack?: unknown } | null)?.stack;
    return typeof stack === 'string' ? stack : '';
  } catch {
    return '';
  }
}

function headOf(error: unknown, stack: string): string {
  const lines = stack.split('\n');
  const first = lines.findIndex((line) => FRAME.test(line) || /^\s+at /.test(line) || /@.*:\d+:\d+$/.test(line));
  const head = (first === -1 ? lines : lines.slice(0, first)).join('\n');
  if (head !== '') return head;
  try {
    const { name, message } = error as Error;
    return message ? `${name}: ${message}` : String(name);
  } catch {
    return 'Error';
  }
}
