/** A connection and what the server remembers of it. */
import type { ServerSocket } from '../server.ts';
import type { User } from './access.ts';
import type { Command } from './command.ts';
import { encode, type Reply } from './reply.ts';
import { RequestParser } from './request-parser.ts';

export interface Queued {
  readonly command: Command;
  readonly args: readonly string[];
}

export class Client {
  readonly id: number;
  /** Null for the server's own: scripts, the append-only file, tools. */
  readonly socket: ServerSocket | null;
  readonly parser = new RequestParser();
  readonly connectedAtMs: number;
  name = '';
  db = 0;
  protocol: 2 | 3 = 2;
  user: User;
  isAuthenticated: boolean;
  usedAtMs: number;
  lastCommand = 'NULL';

  /** Encoded and not yet handed to the socket. */
  out = '';
  /** For those without a socket: what they were answered. */
  replies: Reply[] | null = null;
  replyMode: 'on' | 'off' | 'skip' | 'skip-next' = 'on';
  /** Nothing more is read; closed when `out` is written. */
  isClosing = false;
  isGone = false;
  /** Since when more is queued than the soft limit; null while less is. */
  overSoftLimitSinceMs: number | null = null;

  queued: Queued[] | null = null;
  /** A command of the transaction was refused. */
  isTransactionBroken = false;
  /** A watched key has changed. */
  isWatchSpoiled = false;
  watched: { readonly db: number; readonly key: string; readonly wasExpired: boolean }[] = [];

  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  readonly shardChannels = new Set<string>();

  /** Ends its waiting; null while it does not wait. */
  unblock: ((reply: Reply) => void) | null = null;
  /** What it is told when it has waited long enough. */
  timeoutReply: Reply = null;
  isReplica = false;
  /** The link to this server's own master. */
  isMaster = false;
  isNoEvict = false;

  constructor(id: number, socket: ServerSocket | null, nowMs: number, user: User, isAuthenticated: boolean) {
    this.id = id;
    this.socket = socket;
    this.connectedAtMs = nowMs;
    this.usedAtMs = nowMs;
    this.user = user;
    this.isAuthenticated = isAuthenticated;
  }

  get subscriptions(): number {
    return this.channels.size + this.patterns.size + this.shardChannels.size;
  }

  get address(): string {
    return this.socket ? `${this.socket.remoteAddress}:${this.socket.remotePort}` : '';
  }

  /** The reply to a command. */
  reply(reply: Reply): void {
    if (reply === undefined || this.isMaster || this.isGone) return;
    if (this.replyMode === 'off' || this.replyMode === 'skip') return;
    this.send(reply);
  }

  /** Also what no command asked for: messages of channels. */
  send(reply: Reply): void {
    if (this.replies) this.replies.push(reply);
    else if (this.socket && !this.isGone) this.out += encode(reply, this.protocol);
  }
}
