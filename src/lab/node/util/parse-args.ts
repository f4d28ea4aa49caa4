/** util.parseArgs: options and positionals of a command line. Source: Node 24's documentation. */
import { codes } from '../errors.ts';
import { validateObject } from '../validators.ts';

interface Option {
  readonly type: 'boolean' | 'string';
  readonly multiple?: boolean;
  readonly short?: string;
  readonly default?: unknown;
}

export function parseArgs(config: any = {}): any {
  validateObject(config, 'config');
  const { args = process.argv.slice(2), strict = true, allowNegative = false, tokens: wantsTokens = false } = config;
  const options: Record<string, Option> = config.options ?? {};
  const allowPositionals = config.allowPositionals ?? !strict;
  const values: any = Object.create(null);
  const positionals: string[] = [];
  const tokens: any[] = [];
  const queue: string[] = [...args];
  let index = -1;

  const store = (rawName: string, given: string | undefined, shown: string) => {
    let name = rawName;
    let isNegated = false;
    if (allowNegative && name.startsWith('no-') && options[name.slice(3)]?.type === 'boolean') {
      name = name.slice(3);
      isNegated = true;
    }
    const option = options[name];
    if (option === undefined && strict) {
      const advice = allowPositionals
        ? `. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in '-- "${shown}"`
        : '';
      throw new codes.ERR_PARSE_ARGS_UNKNOWN_OPTION(`Unknown option '${shown}'${advice}`);
    }
    let value = given;
    const at = index;
    if (option?.type === 'string' && value === undefined) {
      const next = queue[0];
      if (next !== undefined && (!strict || !/^-./.test(next))) {
        value = queue.shift();
        index++;
      }
    }
    const label = option?.short ? `-${option.short}, --${name}` : `--${name}`;
    if (strict && option?.type === 'string' && value === undefined) {
      throw new codes.ERR_PARSE_ARGS_INVALID_OPTION_VALUE(`Option '${label} <value>' argument missing`);
    }
    if (strict && option?.type === 'boolean' && value !== undefined) {
      throw new codes.ERR_PARSE_ARGS_INVALID_OPTION_VALUE(`Option '${label}' does not take an argument`);
    }
    tokens.push({
      kind: 'option',
      name,
      rawName: shown,
      index: at,
      value,
      inlineValue: value === undefined ? undefined : given !== undefined,
    });
    const stored = value ?? !isNegated;
    if (option?.multiple) values[name] = [...(values[name] ?? []), stored];
    else values[name] = stored;
  };

  while (queue.length > 0) {
    const arg = queue.shift()!;
    index++;
    if (arg === '--') {
      tokens.push({ kind: 'option-terminator', index });
      for (const rest of queue.splice(0)) positional(rest);
    } else if (/^--./.test(arg)) {
      const equals = arg.indexOf('=');
      if (equals === -1) store(arg.slice(2), undefined, arg);
      else store(arg.slice(2, equals), arg.slice(equals + 1), arg.slice(0, equals));
    } else if (/^-[^-]/.test(arg)) {
      const short = arg[1]!;
      const name = Object.keys(options).find((key) => options[key]!.short === short) ?? short;
      if (arg.length === 2) store(name, undefined, arg);
      else if (options[name]?.type === 'string') store(name, arg.slice(2), `-${short}`);
      else {
        // A group of flags: -abc is -a -b -c.
        queue.unshift(`-${arg.slice(2)}`);
        index--;
        store(name, undefined, `-${short}`);
      }
    } else positional(arg);
  }

  function positional(value: string): void {
    if (!allowPositionals) {
      throw new codes.ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL(
        `Unexpected argument '${value}'. This command does not take positional arguments`,
      );
    }
    positionals.push(value);
    tokens.push({ kind: 'positional', index, value });
  }

  for (const [name, option] of Object.entries(options)) {
    if (option.default !== undefined && values[name] === undefined) values[name] = option.default;
  }
  return wantsTokens ? { values, positionals, tokens } : { values, positionals };
}
