/** EVAL and functions: the scripts that the server knows, and the sandbox in which they run. */
import { sha1 } from '@noble/hashes/legacy.js';
import { bytesOf } from '../bytes.ts';
import type { Call } from '../call.ts';
import { Client } from '../client.ts';
import { SCRIPT_KILOSTEP_US } from '../cost.ts';
import { makeRoom } from '../eviction.ts';
import { globMatch } from '../glob.ts';
import type { RedisServer } from '../redis-server.ts';
import { Failure, fail, MapReply, type Reply, SetReply } from '../reply.ts';
import { compile } from './compiler.ts';
import { toReply } from './convert.ts';
import { LuaSyntaxError } from './lexer.ts';
import { type Lua, ScriptTooLong } from './machine.ts';
import { parse } from './parser.ts';
import { type FunctionDefinition, newSandbox, type ScriptState } from './sandbox.ts';
import { LuaError, type LuaFunction, numberText, Table, typeOf, type Value } from './values.ts';

/**
 * Steps (calls and turns of loops) after which a script is ended as by SCRIPT KILL: about a second of the real Lua. Nobody in
 * the lab types SCRIPT KILL while the only thread runs the script.
 */
const STEPS_MAX = 50_000_000;

interface LibraryOfFunctions {
  readonly name: string;
  readonly code: string;
  readonly lua: Lua;
  readonly state: ScriptState;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
}

export class Scripts {
  /** Speaks for the script that runs. */
  readonly client: Client;
  private readonly server: RedisServer;
  private readonly bodies = new Map<string, string>();
  private readonly compiled = new Map<string, LuaFunction>();
  private readonly libraries = new Map<string, LibraryOfFunctions>();
  private sandbox: { readonly lua: Lua; readonly state: ScriptState } | null = null;

  constructor(server: RedisServer) {
    this.server = server;
    this.client = new Client(0, null, 0, server.access.default, true);
  }

  get count(): number {
    return this.bodies.size;
  }

  bodyOf(sha: string): string | null {
    return this.bodies.get(sha.toLowerCase()) ?? null;
  }

  /** SCRIPT LOAD: its SHA-1. Throws the reply when it cannot be compiled. */
  load(body: string): string {
    const sha = shaOf(body);
    this.functionOf(sha, body);
    return sha;
  }

  clear(): void {
    this.bodies.clear();
    this.compiled.clear();
    this.sandbox = null;
  }

  eval(call: Call, body: string, keys: readonly string[], args: readonly string[], isReadOnly: boolean): Reply {
    const sha = shaOf(body);
    const run = this.functionOf(sha, body);
    const { lua, state } = this.mainSandbox();
    lua.globals.set('KEYS', listOf(keys));
    lua.globals.set('ARGV', listOf(args));
    const isNoWrites = isReadOnly || /^#!lua\b.*\bflags=\S*no-writes/.test(body.split('\n', 1)[0]!);
    return this.run(call, lua, state, sha, isNoWrites, () => run([]));
  }

  // Functions.

  hasFunction(name: string): boolean {
    return this.libraryWith(name) !== null;
  }

  callFunction(call: Call, name: string, keys: readonly string[], args: readonly string[], isReadOnly: boolean): Reply {
    const library = this.libraryWith(name)!;
    const definition = library.functions.get(name)!;
    if (isReadOnly && !definition.flags.includes('no-writes'))
      throw fail('Can not execute a script with write flag using *_ro command.');
    const isNoWrites = isReadOnly || definition.flags.includes('no-writes');
    return this.run(call, library.lua, library.state, name, isNoWrites, () =>
      library.lua.call(definition.callback, [listOf(keys), listOf(args)], 0),
    );
  }

  loadLibrary(code: string, replaces: boolean): string {
    const [first = ''] = code.split('\n', 1);
    if (!first.startsWith('#!')) throw fail('Missing library metadata');
    const [engine = '', ...options] = first.slice(2).trim().split(/\s+/);
    if (engine.toLowerCase() !== 'lua') throw fail(`Engine '${engine}' not found`);
    let name: string | null = null;
    for (const option of options) {
      if (!option.startsWith('name=')) throw fail(`Invalid metadata value given: ${option}`);
      name = option.slice(5);
    }
    if (name === null) throw fail('Library name was not given');
    if (!/^\w+$/.test(name))
      throw fail(
        'Library names can only contain letters, numbers, or underscores(_) and must be at least one character long',
      );
    if (this.libraries.has(name) && !replaces) throw fail(`Library '${name}' already exists`);
    const functions = new Map<string, FunctionDefinition>();
    const { lua, state } = newSandbox(this.server, 'user_function', (definition) => {
      if (functions.has(definition.name)) return 'Function already exists in the library';
      functions.set(definition.name, definition);
      return null;
    });
    state.isLoading = true;
    try {
      lua.stepsMax = STEPS_MAX;
      compile(lua, parse(withoutFirstLine(code), 'user_function'))([]);
    } catch (error) {
      if (error instanceof LuaSyntaxError) throw fail(`Error compiling function: ${error.message}`);
      if (error instanceof LuaError) throw fail(`Error registering functions: ${messageOf(error.value)}`);
      if (error instanceof ScriptTooLong) throw fail('FUNCTION LOAD timeout');
      throw error;
    }
    state.isLoading = false;
    if (functions.size === 0) throw fail('No functions registered');
    for (const one of functions.keys()) {
      const other = this.libraryWith(one);
      if (other && other.name !== name) throw fail(`Function ${one} already exists`);
    }
    this.libraries.set(name, { name, code, lua, state, functions });
    return name;
  }

  deleteLibrary(name: string): boolean {
    return this.libraries.delete(name);
  }

  clearLibraries(): void {
    this.libraries.clear();
  }

  libraryCodes(): string[] {
    return [...this.libraries.values()].map(({ code }) => code);
  }

  describeLibraries(pattern: string, withCode: boolean): Reply {
    return [...this.libraries.values()]
      .filter(({ name }) => globMatch(pattern, name, true))
      .map(
        ({ name, code, functions }) =>
          new MapReply([
            ...['library_name', name, 'engine', 'LUA', 'functions'],
            [...functions.values()].map(
              (one) =>
                new MapReply([
                  ...['name', one.name, 'description', one.description, 'flags', new SetReply(one.flags)],
                ] as Reply[]),
            ),
            ...(withCode ? ['library_code', code] : []),
          ]),
      );
  }

  private libraryWith(name: string): LibraryOfFunctions | null {
    for (const library of this.libraries.values()) if (library.functions.has(name)) return library;
    return null;
  }

  // Running.

  private mainSandbox() {
    this.sandbox ??= newSandbox(this.server, 'user_script', null);
    return this.sandbox;
  }

  private functionOf(sha: string, body: string): LuaFunction {
    const known = this.compiled.get(sha);
    if (known) return known;
    const { lua } = this.mainSandbox();
    try {
      const made = compile(lua, parse(body.startsWith('#!') ? withoutFirstLine(body) : body, 'user_script'));
      this.compiled.set(sha, made);
      this.bodies.set(sha, body);
      return made;
    } catch (error) {
      if (!(error instanceof LuaSyntaxError)) throw error;
      throw fail(`Error compiling script (new function): ${error.message}`);
    }
  }

  private run(
    call: Call,
    lua: Lua,
    state: ScriptState,
    name: string,
    isNoWrites: boolean,
    body: () => readonly Value[],
  ): Reply {
    const { client, server } = this;
    Object.assign(client, { db: call.client.db, user: call.client.user, protocol: 2 });
    state.begin(call.client, isNoWrites, makeRoom(server));
    lua.steps = 0;
    lua.stepsMax = STEPS_MAX;
    lua.lines.length = 0;
    // What the commands of the script change is written down command by command.
    call.propagateNothing();
    try {
      return toReply(body()[0]);
    } catch (error) {
      return failureOf(error, lua, name);
    } finally {
      call.extraUs += (lua.steps / 1_000) * SCRIPT_KILOSTEP_US;
      lua.lines.length = 0;
    }
  }
}

function failureOf(error: unknown, lua: Lua, name: string): Failure {
  const where = (line: number | null) => ` script: ${name}, on @${lua.chunk}:${line ?? 0}.`;
  if (error instanceof LuaError)
    return new Failure((messageOf(error.value, true) + where(error.line)).replace(/[\r\n]/g, ' '));
  const line = lua.lines.at(-1) ?? null;
  if (error instanceof ScriptTooLong)
    return new Failure(`ERR ${lua.chunk}:${line ?? 0}: Script killed by user with SCRIPT KILL.${where(line)}`);
  // The host's stack is shorter than Lua's.
  if (error instanceof RangeError) return new Failure(`ERR ${lua.chunk}:${line ?? 0}: stack overflow${where(line)}`);
  throw error;
}

function messageOf(value: Value, withCode = false): string {
  if (value instanceof Table) {
    const error = value.get('err');
    if (typeof error === 'string') return error;
  }
  const text = typeof value === 'string' ? value : typeof value === 'number' ? numberText(value) : typeOf(value);
  return withCode ? `ERR ${text}` : text;
}

/** Lines keep their numbers. */
const withoutFirstLine = (code: string) => code.replace(/^[^\n]*/, '');

function listOf(items: readonly string[]): Table {
  const table = new Table();
  items.forEach((item, i) => {
    table.set(i + 1, item);
  });
  return table;
}

export function shaOf(body: string): string {
  let hex = '';
  for (const byte of sha1(bytesOf(body))) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
