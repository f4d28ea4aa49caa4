/** `healthcheck:` and the Dockerfile's HEALTHCHECK → a probe that the lab can do: an HTTP GET or a node program. */
import type { ServerName } from '../images/index.ts';
import { type CommandContext, readCommand } from './command.ts';
import type { Healthcheck, Probe } from './model.ts';
import { joinWords, splitWords } from './shell.ts';

/** Docker's own. Source: Dockerfile reference, HEALTHCHECK. */
export const HEALTHCHECK_DEFAULTS: Omit<Healthcheck, 'probe'> = {
  intervalMs: 30_000,
  timeoutMs: 30_000,
  retries: 3,
  startPeriodMs: 0,
  startIntervalMs: 5_000,
};

export interface ProbeContext extends CommandContext {
  /** Programs in the image that a probe may call. */
  readonly tools: readonly string[];
  readonly image: string;
}

export type ProbeResult =
  | { readonly probe: Probe }
  | { readonly probe: null; readonly message: string; readonly hint: string };

const HINT =
  'Write test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/healthz"], or ["CMD", "node", "src/health.ts"].';

/** The words after CMD. */
export function readProbe(words: readonly string[], context: ProbeContext): ProbeResult {
  const name = words[0]?.split('/').at(-1);
  const text = joinWords(words);
  if (name === 'wget' || name === 'curl') {
    if (!context.tools.includes(name)) {
      const other = context.tools.find((tool) => tool === 'wget' || tool === 'curl');
      return {
        probe: null,
        message: `the health check calls ${name}, which ${context.image} does not have; on Docker it would never pass`,
        hint: other
          ? `Use ${other === 'wget' ? 'wget -qO- <url>' : 'curl -f <url>'}, which is in the image.`
          : `Use node: ["CMD", "node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"].`,
      };
    }
    const urls = words.slice(1).filter((word) => /^https?:\/\//.test(word) || /^[\w.[\]:-]+:\d+(\/|$)/.test(word));
    if (urls.length !== 1) {
      return {
        probe: null,
        message: `expected one URL in the health check, found ${urls.length}: ${text}`,
        hint: HINT,
      };
    }
    const url = urls[0]!.startsWith('http') ? urls[0]! : `http://${urls[0]}`;
    if (url.startsWith('https:')) {
      return {
        probe: null,
        message: `the lab's health checks speak plain HTTP, found ${url}`,
        hint: 'Probe the HTTP port inside the container.',
      };
    }
    // Without -f curl is content with a 500: a health check that can hardly fail. Docker would do the same.
    const fails =
      name === 'wget' ||
      words.some((word) => word === '--fail' || /^-[a-zA-Z]*f/.test(word) || word === '--fail-with-body');
    return { probe: { kind: 'http', url, passesOnErrorStatus: !fails, text } };
  }
  if (context.server !== null) return serverProbe(words, text, name ?? '', context.server, context);
  const command = readCommand(words, context);
  if (command.argv !== null) return { probe: { kind: 'process', argv: command.argv, program: command.program!, text } };
  const isNode = name === 'node';
  return {
    probe: null,
    message: isNode
      ? `the health check cannot run: ${command.message}`
      : `the lab can probe with wget, curl or node, found "${text}"`,
    hint: isNode ? command.hint : HINT,
  };
}

function serverProbe(
  words: readonly string[],
  text: string,
  name: string,
  server: ServerName,
  { tools, image }: ProbeContext,
): ProbeResult {
  if (tools.includes(name)) return { probe: { kind: 'tool', argv: [name, ...words.slice(1)], text } };
  const usual: Readonly<Record<ServerName, string>> = {
    redis: '["CMD", "redis-cli", "ping"]',
    postgres: '["CMD-SHELL", "pg_isready -U postgres"]',
    rabbitmq: '["CMD", "rabbitmq-diagnostics", "-q", "ping"]',
    consul: '["CMD", "consul", "members"]',
    haproxy: '["CMD", "wget", "-qO-", "http://127.0.0.1:8080/healthz"], with haproxy:3-alpine',
  };
  return {
    probe: null,
    message: `${image} has ${tools.join(', ')} for health checks, found "${text}"`,
    hint: `Write test: ${usual[server]}.`,
  };
}

/** The text after CMD-SHELL; a trailing `|| exit 1` says what happens anyway. */
export function readShellProbe(text: string, context: ProbeContext): ProbeResult {
  const bare = text
    .replace(/\s*\|\|\s*(?:exit\s+1|false)\s*;?\s*$/, '')
    .replace(/\s*(?:[12&]?>+\s*(?:\/dev\/null|&1))/g, '');
  const split = splitWords(bare, { variables: context.env });
  if (split.words === null) return { probe: null, message: split.message, hint: HINT };
  return readProbe(split.words, context);
}
