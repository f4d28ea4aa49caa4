/** All commands, in the order in which `help` lists them. */
import type { Command } from '../command.ts';
import { clear, echo, help, history, sleep } from './basics.ts';
import { curl } from './curl.ts';
import { docker } from './docker.ts';
import { fault, load, tc } from './faults.ts';
import { serverCommands } from './servers.ts';

export const commands: readonly Command[] = [
  curl,
  docker,
  ...serverCommands,
  tc,
  fault,
  load,
  sleep,
  echo,
  history,
  clear,
  help,
];
