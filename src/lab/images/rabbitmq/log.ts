/** Lines as RabbitMQ 4 logs them to the console: `2026-11-23 10:35:24.131961+00:00 [info] <0.776.0> started TCP listener …`. */
import { civilTime, two } from '../civil-time.ts';
import type { ServerMachine } from '../server.ts';
import { readable } from './wire/bytes.ts';

const MAIN = '<0.213.0>';

export class Logger {
  isFirstBoot = false;
  private readonly machine: ServerMachine;

  constructor(machine: ServerMachine) {
    this.machine = machine;
  }

  debug(_text: string): void {
    // The default level is info.
  }
  info(text: string, process = MAIN): void {
    this.write('info', text, process);
  }
  notice(text: string, process = MAIN): void {
    this.write('notice', text, process);
  }
  warning(text: string, process = MAIN): void {
    this.write('warning', text, process);
  }
  error(text: string, process = MAIN): void {
    this.write('error', text, process);
  }
  alert(text: string, process = MAIN): void {
    this.write('alert', text, process);
  }

  /** Without time and level, as the banner. */
  plain(line: string): void {
    this.machine.log(line);
  }

  private write(level: string, text: string, process: string): void {
    const head = `${stamp(this.machine.wallMs())} [${level}] ${process}`;
    for (const line of readable(text).split('\n')) this.machine.log(`${head} ${line}`);
  }
}

/** `2026-11-23 10:35:24.131961+00:00` */
function stamp(wallMs: number): string {
  const { year, month, day, hour, minute, second, ms } = civilTime(wallMs);
  const us = Math.floor((wallMs - Math.floor(wallMs)) * 1000);
  const fraction = `${ms}`.padStart(3, '0') + `${us}`.padStart(3, '0');
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}.${fraction}+00:00`;
}
