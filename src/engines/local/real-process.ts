/** A real process of one replica, in a group of its own: a Node program with the preload, or a server. */
import { type ChildProcess, spawn } from 'node:child_process';
import type net from 'node:net';
import type { ProcessExit } from '../../lab/compose/index.ts';
import type { ChannelServer, Ticket } from './channel-server.ts';
import { type Cost, type FromGuest, messageReader, type ToGuest } from './guest/channel.ts';
import { type ConditionedProcess, cpuUsedUs } from './local-condition.ts';
import type { Platform } from './platform.ts';
import type { Watcher } from './reaper.ts';

/** What is to be run. */
export interface ProcessSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Whether it listens to the engine on its channel. */
  readonly hasChannel: boolean;
  readonly uid?: number;
  readonly gid?: number;
}

export interface RealProcessOptions extends ProcessSpec {
  readonly reaper: Watcher;
  readonly platform: Platform;
  /** Where it comes when it cannot inherit a descriptor. */
  readonly channels: ChannelServer | null;
  onLine(line: string, stream: 'stdout' | 'stderr'): void;
  onMessage(message: FromGuest): void;
  onExit(exit: ProcessExit): void;
}

export class RealProcess implements ConditionedProcess {
  readonly pid: number;
  /** Requests received and not answered; set by whoever counts. */
  inFlightOf: () => number = () => 0;
  figures: Readonly<Record<string, number>> | null = null;
  /** Tells of signals that pause it. */
  onPause: (isPaused: boolean) => void = () => {};
  private readonly child: ChildProcess;
  private readonly hasGroup: boolean;
  private channel: net.Socket | null = null;
  private readonly ticket: Ticket | null;
  /** Said before it has come; null when nothing has to wait. */
  private waiting: string[] | null;
  private isOver = false;
  private reason: { readonly code: number | null; readonly reason: string } | null = null;

  constructor(options: RealProcessOptions) {
    const { command, args, env, cwd, reaper, platform, channels, hasChannel, uid, gid } = options;
    this.hasGroup = platform.hasGroups;
    const open = (socket: net.Socket) => this.open(socket, options.onMessage);
    this.ticket = hasChannel && channels !== null ? channels.expect(open) : null;
    this.waiting = this.ticket === null ? null : [];
    const hasDescriptor = hasChannel && this.ticket === null;
    this.child = spawn(command, [...args], {
      cwd,
      env: { ...env, ...(this.ticket !== null && { LOADBEARING_CHANNEL: this.ticket.text }) },
      stdio: ['ignore', 'pipe', 'pipe', ...(hasDescriptor ? ['pipe' as const] : [])],
      detached: platform.hasGroups,
      ...(uid === undefined ? {} : { uid, gid }),
    });
    this.pid = this.child.pid ?? 0;
    if (this.pid > 0) reaper.watch(this.pid);
    if (hasDescriptor) open(this.child.stdio[3] as net.Socket);
    for (const stream of ['stdout', 'stderr'] as const)
      readLines(this.child[stream]!, (line) => options.onLine(line, stream));
    let failure: string | null = null;
    this.child.on('error', (error) => {
      failure = `${command} could not be started: ${error.message}`;
      if (this.child.pid === undefined) finish(null, null);
    });
    const finish = (code: number | null, signal: string | null) => {
      if (this.isOver) return;
      this.isOver = true;
      // What the program left running would keep its ports.
      this.signalGroup('SIGKILL');
      reaper.forget(this.pid);
      this.ticket?.cancel();
      this.channel?.destroy();
      const reason = this.reason?.reason ?? failure;
      options.onExit({
        code: this.reason === null ? code : this.reason.code,
        signal,
        ...(reason === null ? {} : { reason }),
      });
    };
    // 'close' comes after the last line of output.
    this.child.on('close', finish);
    this.child.on('exit', (code, signal) => setTimeout(finish, 1000, code, signal).unref());
  }

  get cpuUsedUs(): number {
    return cpuUsedUs(this.pid);
  }

  get inFlight(): number {
    return this.inFlightOf();
  }

  readonly queued = 0;

  signal(name: string): void {
    if (this.isOver) return;
    if (name === 'SIGSTOP' || name === 'SIGCONT') this.onPause(name === 'SIGSTOP');
    this.send(name as NodeJS.Signals);
  }

  /** For the CPU quota, which is not a pause. */
  send(name: NodeJS.Signals): void {
    if (this.isOver) return;
    if (name === 'SIGKILL' || name === 'SIGSTOP' || name === 'SIGCONT') this.signalGroup(name);
    else this.child.kill(name);
  }

  outOfMemory(reason: string): void {
    this.reason = { code: 137, reason };
    this.send('SIGKILL');
  }

  setClock(offsetMs: number, driftPpm: number): void {
    this.say({ kind: 'clock', offsetMs, driftPpm });
  }

  setCost(cost: Cost | null): void {
    this.say({ kind: 'cost', cost });
  }

  say(message: ToGuest): void {
    if (this.isOver) return;
    const line = `${JSON.stringify(message)}\n`;
    if (this.waiting !== null) this.waiting.push(line);
    else if (this.channel?.writable) this.channel.write(line);
  }

  private open(socket: net.Socket, onMessage: (message: FromGuest) => void): void {
    if (this.isOver) {
      socket.destroy();
      return;
    }
    this.channel = socket;
    socket.setEncoding('utf8');
    socket.on(
      'data',
      messageReader<FromGuest>((message) => !this.isOver && onMessage(message)),
    );
    socket.on('error', () => {});
    socket.resume();
    for (const line of this.waiting ?? []) socket.write(line);
    this.waiting = null;
  }

  private signalGroup(name: NodeJS.Signals): void {
    if (!this.hasGroup) {
      this.child.kill(name);
      return;
    }
    try {
      process.kill(-this.pid, name);
    } catch {
      // The group is gone.
      this.child.kill(name);
    }
  }
}

/** Calls back with each line, and with what follows the last line's end. */
function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
