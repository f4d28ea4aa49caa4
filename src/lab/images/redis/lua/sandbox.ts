/** The globals of a script: Lua's libraries, `redis`, `cjson`; no file, no clock, no other name. */
import type { Client } from '../client.ts';
import { isArityRight } from '../command.ts';
import { diskError, run } from '../execute.ts';
import { formatDouble } from '../numbers.ts';
import type { RedisServer } from '../redis-server.ts';
import { Failure, fail, type Reply } from '../reply.ts';
import { findCommand } from '../table.ts';
import { cjsonLibrary } from './cjson.ts';
import { cmsgpackLibrary } from './cmsgpack.ts';
import { errorTable, toLua } from './convert.ts';
import { type Args, type Library, libraryTable, openLibraries } from './library.ts';
import { Lua } from './machine.ts';
import { shaOf } from './scripts.ts';
import { LuaError, type LuaFunction, Table, toText, type Value } from './values.ts';

export interface FunctionDefinition {
  readonly name: string;
  readonly callback: LuaFunction;
  readonly flags: readonly string[];
  readonly description: string | null;
}

/** What holds for the script that runs. */
export class ScriptState {
  caller: Client | null = null;
  isNoWrites = false;
  hasRoom = true;
  hasWritten = false;
  protocol: 2 | 3 = 2;
  /** A library is being loaded: it may register functions, and not yet call commands. */
  isLoading = false;

  begin(caller: Client, isNoWrites: boolean, hasRoom: boolean): void {
    Object.assign(this, { caller, isNoWrites, hasRoom, hasWritten: false, protocol: 2 });
  }
}

type Register = (definition: FunctionDefinition) => string | null;

/** `register` is there for libraries of functions only. */
export function newSandbox(
  server: RedisServer,
  chunk: string,
  register: Register | null,
): { lua: Lua; state: ScriptState } {
  const lua = new Lua();
  lua.chunk = chunk;
  const state = new ScriptState();
  const { globals } = lua;
  openLibraries(lua);
  const nothing = new Table();
  nothing.isReadOnly = true;
  const cjson = libraryTable(lua, cjsonLibrary(lua, nothing));
  cjson.set('null', nothing);
  globals.set('cjson', cjson);
  globals.set('cmsgpack', libraryTable(lua, cmsgpackLibrary(lua)));
  const redis = libraryTable(lua, redisLibrary(server, lua, state, register));
  for (const [name, value] of Object.entries(CONSTANTS)) redis.set(name, value);
  globals.set('redis', redis);
  for (const [, value] of globals.rest) if (value instanceof Table) value.isReadOnly = true;
  protect(lua);
  return { lua, state };
}

const CONSTANTS: Readonly<Record<string, Value>> = {
  LOG_DEBUG: 0,
  LOG_VERBOSE: 1,
  LOG_NOTICE: 2,
  LOG_WARNING: 3,
  REDIS_VERSION: '7.0.15',
  REDIS_VERSION_NUM: 0x0007000f,
  REPL_ALL: 3,
  REPL_AOF: 1,
  REPL_NONE: 0,
  REPL_REPLICA: 2,
  REPL_SLAVE: 2,
};

/** Names that do not exist are errors, and so are new ones. */
function protect(lua: Lua): void {
  const { globals } = lua;
  const meta = new Table();
  meta.set('__index', (([, name]) => {
    const line = lua.lines.at(-1) ?? 0;
    throw new LuaError(
      `${lua.chunk}:${line}: Script attempted to access nonexistent global variable '${toText(name) ?? ''}'`,
      line,
    );
  }) satisfies LuaFunction);
  globals.meta = meta;
  globals.isReadOnly = true;
}

function redisLibrary(server: RedisServer, lua: Lua, state: ScriptState, register: Register | null): Library {
  const refuse = (message: string) => new LuaError(errorTable(message), lua.lines.at(-1) ?? 0);
  const callOf =
    (isProtected: boolean) =>
    (args: Args): readonly Value[] => {
      if (state.isLoading) throw refuse('ERR redis.call/pcall can only be called inside a script invocation');
      const words = wordsOf(args.all);
      if (words instanceof Failure) {
        if (isProtected) return [errorTable(words.message)];
        throw refuse(words.message);
      }
      const reply = commandOfScript(server, state, words);
      if (reply instanceof Failure && !isProtected) throw refuse(reply.message);
      return [toLua(reply, state.protocol)];
    };
  const reply = (field: string, prefix: (text: string) => string) => (args: Args) => {
    const table = new Table();
    const isRight = args.all.length === 1 && typeof args.all[0] === 'string';
    if (!isRight) return [errorTable('ERR wrong number or type of arguments')];
    table.set(field, prefix(args.text(0)));
    return [table];
  };
  const library: Library = {
    acl_check_cmd: (args) => {
      const found = findCommand(args.all.map((one) => toText(one) ?? ''));
      if (found instanceof Failure) throw refuse('ERR Invalid command passed to redis.acl_check_cmd()');
      return [
        server.access.refusal(
          state.caller!.user,
          found,
          args.all.map((one) => toText(one) ?? ''),
        ) === null,
      ];
    },
    breakpoint: () => [false],
    call: callOf(false),
    debug: () => [],
    error_reply: reply('err', (text) => {
      const bare = text.startsWith('-') ? text.slice(1) : text;
      return bare.includes(' ') || text.startsWith('-') ? bare : `ERR ${bare}`;
    }),
    log: (args) => {
      if (args.all.length < 2) throw refuse('ERR redis.log() requires two arguments or more.');
      const level = args.int(0);
      if (level < 0 || level > 3) throw refuse('ERR Invalid log level.');
      const text = args.all
        .slice(1)
        .map((one) => toText(one) ?? '')
        .join(' ');
      server.log((['.', '-', '*', '#'] as const)[level]!, text);
      return [];
    },
    pcall: callOf(true),
    replicate_commands: () => [true],
    set_repl: () => [],
    setresp: (args) => {
      const version = args.all.length === 1 ? args.int(0) : 0;
      if (version !== 2 && version !== 3)
        throw refuse(
          args.all.length === 1 ? 'ERR RESP version must be 2 or 3.' : 'ERR redis.setresp() requires one argument.',
        );
      state.protocol = version;
      return [];
    },
    sha1hex: (args) => {
      if (args.all.length !== 1) throw refuse('ERR wrong number of arguments');
      return [shaOf(toText(args.all[0]) ?? '')];
    },
    status_reply: reply('ok', (text) => text),
  };
  if (!register) return library;
  return {
    ...library,
    register_function: (args) => {
      if (!state.isLoading) throw refuse('ERR redis.register_function can only be called on FUNCTION LOAD command');
      const problem = register(definitionOf(args, refuse));
      if (problem !== null) throw refuse(problem);
      return [];
    },
  };
}

function definitionOf(args: Args, refuse: (message: string) => LuaError): FunctionDefinition {
  const [first, second] = args.all;
  if (args.all.length === 2 && typeof first === 'string' && typeof second === 'function')
    return { name: first, callback: second, flags: [], description: null };
  if (args.all.length !== 1 || !(first instanceof Table))
    throw refuse('wrong number of arguments to redis.register_function');
  const [name, callback, flags, description] = ['function_name', 'callback', 'flags', 'description'].map((key) =>
    first.get(key),
  );
  if (typeof name !== 'string') throw refuse('redis.register_function must get a function name argument');
  if (typeof callback !== 'function') throw refuse('redis.register_function must get a callback argument');
  const list = flags instanceof Table ? flags.list.map((flag) => toText(flag) ?? '') : [];
  return { name, callback, flags: list, description: typeof description === 'string' ? description : null };
}

function wordsOf(values: readonly Value[]): string[] | Failure {
  if (values.length === 0) return fail('Please specify at least one argument for this redis lib call');
  const words: string[] = [];
  for (const value of values) {
    if (typeof value === 'string') words.push(value);
    else if (typeof value === 'number') words.push(formatDouble(value));
    else return fail('Lua redis lib command arguments must be strings or integers');
  }
  return words;
}

/** A command of a script: refused where Redis refuses it, otherwise run as part of the same execution. */
function commandOfScript(server: RedisServer, state: ScriptState, words: readonly string[]): Reply {
  const { client } = server.scripts;
  const command = findCommand(words);
  if (command instanceof Failure) return fail('Unknown Redis command called from script');
  if (!isArityRight(command, words.length)) return fail('Wrong number of args calling Redis command from script');
  if (command.flags.has('noscript')) return fail('This Redis command is not allowed from script');
  if (server.access.refusal(client.user, command, words))
    return new Failure("NOPERM The user executing the script can't run this command or subcommand");
  if (command.flags.has('write')) {
    if (state.isNoWrites) return fail('Write commands are not allowed from read-only scripts.');
    const broken = server.replication.refusal() ?? (server.replication.isReplica ? null : diskError(server));
    if (broken && !state.caller?.isMaster) return broken;
    if (command.flags.has('denyoom') && !state.hasRoom && !state.hasWritten)
      return new Failure("OOM command not allowed when used memory > 'maxmemory'.");
    state.hasWritten = true;
  }
  client.protocol = state.protocol;
  return run(server, client, command, words, false);
}
