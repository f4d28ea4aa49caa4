/**
 * Which of the two sets of Node's built-ins a program needs. The core is what an ordinary HTTP service uses; the full
 * set adds http2, zlib, web streams and the like, and weighs several times as much, so it is loaded and evaluated only
 * where a text names something of it. The guess is generous: a comment that says ReadableStream is enough. What a
 * program sees of the core is the same in both, and so is its trace.
 */
import { ABSENT, FULL_GLOBALS, FULL_MATH, FULL_MEMBERS, FULL_MODULES } from '../node/full-names.ts';

const modules = FULL_MODULES.join('|');
const globals = FULL_GLOBALS.join('|');
const members = [...FULL_MEMBERS, ...Object.values(ABSENT).flatMap((names) => names.split(' '))].join('|');
/** By name, taken out of Math, or looked up; and the operator, which comments have, too, but not between two words. */
const math = `\\bMath\\s*\\.\\s*(?:${FULL_MATH.join('|')})\\b|=\\s*Math\\b\\s*[;,\\n[]|\\bMath\\s*\\[|[\\w)\\]]\\s*\\*\\*=?\\s*[\\w(.+-]`;

/** Functions of node:fs whose names are everyday words. */
const files = `\\b(?:fs|promises|fsp)\\s*\\.\\s*(?:watch|cp)\\b|\\b(?:watch|cp)\\b[^;\\n]*from\\s*['"](?:node:)?fs`;

/** In source code: a specifier in quotes, a global, or a member's name. */
const IN_SOURCE = new RegExp(`['"\`](?:node:)?(?:${modules})['"\`]|\\b(?:${globals}|${members})\\b|${math}|${files}`);

/**
 * In a bundle of packages, which asks for built-ins by `__builtin` and whose words are too many to take each for a
 * member. A package that can do without a module asks by `__spare` (catalog/bundle.ts), which does not count.
 */
const IN_PACKAGES = new RegExp(
  `\\b__builtin\\(["'\`](?:${modules})["'\`]\\)|['"\`]node:(?:${modules})['"\`]|\\b(?:${globals})\\b|\\.(?:subtle|toWeb|fromWeb|createCipheriv|createSign|createVerify|createPrivateKey|createSecretKey|monitorEventLoopDelay|PerformanceObserver)\\b`,
);

export const isCode = (path: string): boolean => /\.[cm]?[jt]sx?$/.test(path);

/** Whether any file of a project, or its bundle of packages, names something that only the full built-ins have. */
export function needsFullBuiltins(files: Readonly<Record<string, string>>, packages: string): boolean {
  return packagesNeedFull(packages) || Object.entries(files).some(([path, text]) => fileNeedsFull(path, text));
}

/** Files that are no code count when a command stands in them: `node -e` in compose.yaml. */
export function fileNeedsFull(path: string, text: string): boolean {
  return (isCode(path) || /\.ya?ml$|Dockerfile$|package\.json$/.test(path)) && sourceNeedsFull(text);
}

export function sourceNeedsFull(source: string): boolean {
  return IN_SOURCE.test(source);
}

/** A worker has one or two of these texts, some hundred kilobytes each: looked through once. */
export function packagesNeedFull(code: string): boolean {
  let answer = answers.get(code);
  if (answer === undefined) {
    answer = IN_PACKAGES.test(code);
    if (answers.size > 100) answers.clear();
    answers.set(code, answer);
  }
  return answer;
}

const answers = new Map<string, boolean>();
