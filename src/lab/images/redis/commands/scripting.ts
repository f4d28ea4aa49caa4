/** EVAL, SCRIPT, FUNCTION and FCALL. */
import { int, option } from '../args.ts';
import { countedKeys, type Family, type Handler } from '../command.ts';
import { Failure, fail, OK, type Reply, SYNTAX } from '../reply.ts';

const NOT_BUSY = new Failure('NOTBUSY No scripts in execution right now.');
const NO_SCRIPT = new Failure('NOSCRIPT No matching script. Please use EVAL.');

function split(args: readonly string[]): { keys: readonly string[]; rest: readonly string[] } {
  const numkeys = int(args[2]);
  if (numkeys > args.length - 3) throw fail("Number of keys can't be greater than number of args");
  if (numkeys < 0) throw fail("Number of keys can't be negative");
  return { keys: args.slice(3, 3 + numkeys), rest: args.slice(3 + numkeys) };
}

const evaluate =
  (isReadOnly: boolean): Handler =>
  (call, args) => {
    const { keys, rest } = split(args);
    return call.server.scripts.eval(call, args[1]!, keys, rest, isReadOnly);
  };

const evalsha =
  (isReadOnly: boolean): Handler =>
  (call, args) => {
    const { scripts } = call.server;
    const body = scripts.bodyOf(args[1]!);
    if (body === null) throw NO_SCRIPT;
    const { keys, rest } = split(args);
    return scripts.eval(call, body, keys, rest, isReadOnly);
  };

const flush: Handler = ({ server }, args) => {
  const mode = option(args[2]);
  if (args.length > 3 || (args.length === 3 && mode !== 'async' && mode !== 'sync'))
    throw fail('SCRIPT FLUSH only support SYNC|ASYNC option');
  server.scripts.clear();
  return OK;
};

const fcall =
  (isReadOnly: boolean): Handler =>
  (call, args) => {
    const { scripts } = call.server;
    if (!scripts.hasFunction(args[1]!)) throw fail('Function not found');
    const numkeys = int(args[2]);
    if (numkeys > args.length - 3) throw fail("Number of keys can't be greater than number of args");
    if (numkeys < 0) throw fail("Number of keys can't be negative");
    return scripts.callFunction(call, args[1]!, args.slice(3, 3 + numkeys), args.slice(3 + numkeys), isReadOnly);
  };

const functionLoad: Handler = ({ server }, args) => {
  let replaces = false;
  let at = 2;
  for (; at < args.length - 1; at++) {
    if (option(args[at]) !== 'replace') throw fail(`Unknown option given: ${args[at]}`);
    replaces = true;
  }
  const name = server.scripts.loadLibrary(args[at]!, replaces);
  server.dirty++;
  return name;
};

const functionDelete: Handler = ({ server }, [, , name = '']) => {
  if (!server.scripts.deleteLibrary(name)) throw fail('Library not found');
  server.dirty++;
  return OK;
};

const functionFlush: Handler = ({ server }, args) => {
  const mode = option(args[2]);
  if (args.length > 3 || (args.length === 3 && mode !== 'async' && mode !== 'sync'))
    throw fail('FUNCTION FLUSH only supports SYNC|ASYNC option');
  server.scripts.clearLibraries();
  server.dirty++;
  return OK;
};

const functionList: Handler = ({ server }, args) => {
  let withCode = false;
  let pattern = '*';
  for (let i = 2; i < args.length; i++) {
    const word = option(args[i]);
    if (word === 'withcode') withCode = true;
    else if (word === 'libraryname' && i + 1 < args.length) pattern = args[++i]!;
    else throw fail(`Unknown argument ${args[i]}`);
  }
  return server.scripts.describeLibraries(pattern, withCode);
};

const refuse = (failure: Failure) => (): Reply => {
  throw failure;
};

const EVAL = 'noscript stale skip_monitor no_mandatory_keys movablekeys';

export const scripting: Family = {
  group: 'scripting',
  rows: [
    ['eval', -3, EVAL, [], evaluate(false), countedKeys(2)],
    ['eval_ro', -3, `readonly ${EVAL}`, [], evaluate(true), countedKeys(2)],
    ['evalsha', -3, EVAL, [], evalsha(false), countedKeys(2)],
    ['evalsha_ro', -3, `readonly ${EVAL}`, [], evalsha(true), countedKeys(2)],
    ['fcall', -3, EVAL, [], fcall(false), countedKeys(2)],
    ['fcall_ro', -3, `readonly ${EVAL}`, [], fcall(true), countedKeys(2)],
    ['function', -2, '', [], () => []],
    ['function|delete', 3, 'write noscript', [], functionDelete],
    ['function|flush', -2, 'write noscript', [], functionFlush],
    ['function|kill', 2, 'noscript allow_busy', [], refuse(NOT_BUSY)],
    ['function|list', -2, 'noscript', [], functionList],
    ['function|load', -3, 'write denyoom noscript', [], functionLoad],
    ['script', -2, '', [], () => []],
    ['script|debug', 3, 'noscript', [], refuse(SYNTAX)],
    [
      'script|exists',
      -3,
      'noscript',
      [],
      ({ server }, [, , ...shas]) => shas.map((sha) => Number(server.scripts.bodyOf(sha) !== null)),
    ],
    ['script|flush', -2, 'noscript', [], flush],
    ['script|kill', 2, 'noscript allow_busy', [], refuse(NOT_BUSY)],
    ['script|load', 3, 'noscript stale', [], ({ server }, [, , body = '']) => server.scripts.load(body)],
  ],
};
