/** All functions, defined once. */
import { arrayFunctions } from './array.ts';
import { dateFunctions } from './datetime.ts';
import { jsonFunctions } from './json.ts';
import { mathFunctions } from './math.ts';
import { systemFunctions } from './system.ts';
import { textFunctions } from './text.ts';
import { numberFormats } from './to-char.ts';

let isDone = false;

export function defineFunctions(): void {
  if (isDone) return;
  isDone = true;
  for (const define of [
    textFunctions,
    mathFunctions,
    dateFunctions,
    numberFormats,
    jsonFunctions,
    arrayFunctions,
    systemFunctions,
  ])
    define();
}
