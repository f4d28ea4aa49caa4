/** Users and what they may do: AUTH, requirepass, and the part of ACLs that names commands, categories, keys and channels. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesOf, lower } from './bytes.ts';
import { type Command, keyIndexes } from './command.ts';
import { globMatch } from './glob.ts';
import { Failure, fail } from './reply.ts';

export const CATEGORIES = [
  ...['keyspace', 'read', 'write', 'set', 'sortedset', 'list', 'hash', 'string', 'bitmap', 'hyperloglog', 'geo'],
  ...['stream', 'pubsub', 'admin', 'fast', 'slow', 'blocking', 'dangerous', 'connection', 'transaction', 'scripting'],
] as const;

export class User {
  readonly name: string;
  isOn = false;
  needsNoPassword = false;
  /** SHA-256 in hex. */
  readonly passwords = new Set<string>();
  /** `+get`, `-@dangerous`, in order; the last that speaks of a command decides. */
  commands: string[] = ['-@all'];
  keys: string[] = [];
  channels: string[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** One word of ACL SETUSER; throws the reply when it means nothing. `exists` tells whether a command is known. */
  apply(rule: string, exists: (name: string) => boolean): void {
    const refuse = (why: string) => fail(`Error in ACL SETUSER modifier '${rule}': ${why}`);
    const word = lower(rule);
    if (word === 'on' || word === 'off') this.isOn = word === 'on';
    else if (word === 'nopass') {
      this.needsNoPassword = true;
      this.passwords.clear();
    } else if (word === 'resetpass') {
      this.needsNoPassword = false;
      this.passwords.clear();
    } else if (word === 'reset') {
      Object.assign(this, { isOn: false, needsNoPassword: false, commands: ['-@all'], keys: [], channels: [] });
      this.passwords.clear();
    } else if (word === 'allkeys' || word === '~*') this.keys = ['~*'];
    else if (word === 'resetkeys') this.keys = [];
    else if (word === 'allchannels' || word === '&*') this.channels = ['&*'];
    else if (word === 'resetchannels') this.channels = [];
    else if (word === 'allcommands' || word === '+@all') this.commands = ['+@all'];
    else if (word === 'nocommands' || word === '-@all') this.commands = ['-@all'];
    else if (rule.startsWith('>')) this.addPassword(hashOf(rule.slice(1)));
    else if (rule.startsWith('#')) {
      if (!/^[0-9a-f]{64}$/.test(rule.slice(1)))
        throw refuse(
          'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
        );
      this.addPassword(rule.slice(1));
    } else if (rule.startsWith('<')) {
      if (!this.passwords.delete(hashOf(rule.slice(1))))
        throw refuse('The password you are trying to remove from the user does not exist');
    } else if (rule.startsWith('~') || rule.startsWith('%')) {
      if (this.keys[0] === '~*')
        throw refuse(
          "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns",
        );
      this.keys.push(rule);
    } else if (rule.startsWith('&')) {
      if (this.channels[0] === '&*')
        throw refuse(
          "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels",
        );
      this.channels.push(rule);
    } else if (word.startsWith('+') || word.startsWith('-')) {
      const name = word.slice(1);
      const isKnown = name.startsWith('@') ? (CATEGORIES as readonly string[]).includes(name.slice(1)) : exists(name);
      if (!isKnown) throw refuse('Unknown command or category name in ACL');
      this.commands = [...this.commands.filter((old) => old.slice(1) !== name), word];
    } else throw refuse('Syntax error');
  }

  accepts(password: string): boolean {
    return this.isOn && (this.needsNoPassword || this.passwords.has(hashOf(password)));
  }

  get isUnlimited(): boolean {
    return (
      this.commands[0] === '+@all' && this.commands.length === 1 && this.keys[0] === '~*' && this.channels[0] === '&*'
    );
  }

  mayRun(command: Command): boolean {
    let may = false;
    for (const rule of this.commands) {
      const subject = rule.slice(1);
      const [whole] = command.name.split('|');
      const speaks = subject.startsWith('@')
        ? subject === '@all' || categoriesOf(command).includes(subject.slice(1))
        : subject === command.name || subject === whole;
      if (speaks) may = rule.startsWith('+');
    }
    return may;
  }

  mayUseKey(key: string, isWrite: boolean): boolean {
    return this.keys.some((rule) => {
      const [, rights, pattern] = /^%([RW]+)~([\s\S]*)$/i.exec(rule) ?? [null, 'RW', rule.slice(1)];
      return lower(rights!).includes(isWrite ? 'w' : 'r') && globMatch(pattern!, key);
    });
  }

  mayUseChannel(channel: string, isPattern: boolean): boolean {
    return this.channels.some((rule) =>
      isPattern ? rule.slice(1) === channel || rule === '&*' : globMatch(rule.slice(1), channel),
    );
  }

  /** As ACL LIST shows the user. */
  describe(): string {
    const passwords = this.needsNoPassword ? ['nopass'] : [...this.passwords].map((hash) => `#${hash}`);
    return [
      ...['user', this.name, this.isOn ? 'on' : 'off', ...passwords, ...this.keys],
      ...(this.channels[0] === '&*' ? [] : ['resetchannels']),
      ...[...this.channels, ...this.commands],
    ].join(' ');
  }

  private addPassword(hash: string): void {
    this.needsNoPassword = false;
    this.passwords.add(hash);
  }
}

export class Access {
  readonly users = new Map<string, User>();
  readonly default: User;

  constructor() {
    this.default = new User('default');
    Object.assign(this.default, {
      isOn: true,
      needsNoPassword: true,
      keys: ['~*'],
      channels: ['&*'],
      commands: ['+@all'],
    });
    this.users.set('default', this.default);
  }

  /** What `requirepass` says; empty: no password. */
  requirePassword(password: string): void {
    this.default.apply(password === '' ? 'nopass' : 'resetpass', () => true);
    if (password !== '') this.default.apply(`>${password}`, () => true);
  }

  /** Null when the command is allowed, otherwise the reply. */
  refusal(user: User, command: Command, args: readonly string[]): Failure | null {
    if (user.isUnlimited) return null;
    if (!command.flags.has('no_auth') && !user.mayRun(command))
      return new Failure(`NOPERM this user has no permissions to run the '${command.name}' command`);
    const isWrite = command.flags.has('write');
    if ((keyIndexes(command, args) ?? []).some((at) => !user.mayUseKey(args[at]!, isWrite)))
      return new Failure('NOPERM this user has no permissions to access one of the keys used as arguments');
    const channels = channelsOf(command.name, args);
    return channels.every((channel) => user.mayUseChannel(channel, command.name === 'psubscribe'))
      ? null
      : new Failure('NOPERM this user has no permissions to access one of the channels used as arguments');
  }
}

function channelsOf(name: string, args: readonly string[]): readonly string[] {
  if (name === 'publish' || name === 'spublish') return args.slice(1, 2);
  return ['subscribe', 'psubscribe', 'ssubscribe'].includes(name) ? args.slice(1) : [];
}

const GROUP_CATEGORY: Readonly<Record<string, string>> = {
  generic: 'keyspace',
  sorted_set: 'sortedset',
  transactions: 'transaction',
};

/** Beside those with the flag `admin`. */
const DANGEROUS = new Set(
  'flushall flushdb info keys restore role sort sort_ro swapdb client|kill client|list client|pause'.split(' '),
);

export function categoriesOf({ name, flags, group }: Command): string[] {
  const found: string[] = [];
  if (group !== 'server') found.push(GROUP_CATEGORY[group] ?? group);
  if (flags.has('write')) found.push('write');
  if (flags.has('readonly') && group !== 'scripting') found.push('read');
  if (flags.has('admin')) found.push('admin');
  if (flags.has('admin') || DANGEROUS.has(name)) found.push('dangerous');
  if (flags.has('blocking')) found.push('blocking');
  found.push(flags.has('fast') ? 'fast' : 'slow');
  return [...new Set(found)];
}

function hashOf(password: string): string {
  let hex = '';
  for (const byte of sha256(bytesOf(password))) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
