/** process.emitWarning and what Node prints for a warning. Source: Node 24's lib/internal/process/warning.js. */
import { codes } from '../errors.ts';
import { validateString } from '../validators.ts';

let hasPrintedHint = false;

export function emitWarning(warning: any, typeOrOptions?: any, code?: any, detail?: string): void {
  let type = typeOrOptions;
  if (typeof typeOrOptions === 'object' && typeOrOptions !== null) {
    type = typeOrOptions.type;
    code = typeOrOptions.code;
    detail = typeof typeOrOptions.detail === 'string' ? typeOrOptions.detail : undefined;
  } else if (typeof typeOrOptions === 'function') {
    type = undefined;
    code = undefined;
  }
  type ??= 'Warning';
  validateString(type, 'type');
  if (typeof code === 'function') code = undefined;
  else if (code !== undefined) validateString(code, 'code');
  if (typeof warning === 'string') {
    warning = Object.assign(new Error(warning), { name: String(type) });
    if (code !== undefined) warning.code = code;
    if (detail !== undefined) warning.detail = detail;
  } else if (!(warning instanceof Error)) {
    throw new codes.ERR_INVALID_ARG_TYPE('warning', ['Error', 'string'], warning);
  }
  if (warning.name === 'DeprecationWarning' && process.noDeprecation) return;
  process.nextTick(() => process.emit('warning', warning));
}

/** The listener that is there from the start. */
export function printWarning(warning: any): void {
  if (!(warning instanceof Error)) return;
  const { code, detail } = warning as any;
  let text = `(node:${__kernel.pid}) ${code ? `[${code}] ` : ''}${warning.name}: ${warning.message}\n`;
  if (typeof detail === 'string') text += `${detail}\n`;
  if (!hasPrintedHint) {
    const flag = warning.name === 'DeprecationWarning' ? '--trace-deprecation' : '--trace-warnings';
    text += `(Use \`node ${flag} ...\` to show where the warning was created)\n`;
    hasPrintedHint = true;
  }
  __kernel.write(2, text);
}
