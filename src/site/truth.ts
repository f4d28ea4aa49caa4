/** The lab beside real processes, as last measured: docs/truth.json and docs/calibration.json, made by commands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Calibration } from '../catalog/calibration.ts';
import type { TruthTable } from '../catalog/truth.ts';

export function truthTable(): TruthTable {
  return read('truth.json', 'npm run truth -- --json docs/truth.json') as TruthTable;
}

export function calibration(): Calibration {
  return read('calibration.json', 'npm run calibrate -- --json docs/calibration.json') as Calibration;
}

function read(name: string, command: string): unknown {
  const file = join('docs', name);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} could not be read (${(error as Error).message}): make it by ${command}`);
  }
}
