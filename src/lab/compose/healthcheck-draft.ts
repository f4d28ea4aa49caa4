/** `healthcheck:` as written; healthcheck.ts says what the lab makes of its test. */
import type { Place, Problems } from './problems.ts';
import { readBoolean, readDurationMs, readInteger, readMap, readText, readWords } from './reader.ts';
import type { YamlNode } from './yaml.ts';

export interface HealthcheckDraft {
  readonly at: Place;
  /** null: disabled. Absent: only times are given, the test is the image's. */
  readonly test?:
    | { readonly form: 'exec'; readonly words: readonly string[] }
    | { readonly form: 'shell'; readonly text: string }
    | null;
  readonly testAt: Place;
  /** `test` is there but could not be read. */
  readonly isTestUnreadable?: boolean;
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly retries?: number;
  readonly startPeriodMs?: number;
  readonly startIntervalMs?: number;
}

export function readHealthcheckDraft(node: YamlNode, path: string, problems: Problems): HealthcheckDraft | undefined {
  const draft: { -readonly [K in keyof HealthcheckDraft]: HealthcheckDraft[K] } = { at: node.at, testAt: node.at };
  const duration = (key: string) => (value: YamlNode) => readDurationMs(value, `${path}.${key}`, problems) ?? undefined;
  readMap(
    node,
    {
      path,
      fields: {
        test: (value) => {
          draft.testAt = value.at;
          const test = readTest(value, `${path}.test`, problems);
          // `disable` wins wherever it stands.
          if (draft.test !== null) draft.test = test;
          draft.isTestUnreadable = test === undefined;
        },
        interval: (value) => {
          draft.intervalMs = duration('interval')(value);
          if (draft.intervalMs === 0) {
            problems.error(
              value.at,
              `\`${path}.interval\` is 0: the check would run without a pause`,
              'Write interval: 5s',
            );
          }
        },
        timeout: (value) => {
          draft.timeoutMs = duration('timeout')(value);
        },
        retries: (value) => {
          draft.retries = readInteger(value, `${path}.retries`, 1, problems) ?? undefined;
        },
        start_period: (value) => {
          draft.startPeriodMs = duration('start_period')(value);
        },
        start_interval: (value) => {
          draft.startIntervalMs = duration('start_interval')(value);
        },
        disable: (value) => {
          if (readBoolean(value, `${path}.disable`, problems)) draft.test = null;
        },
      },
    },
    problems,
  );
  return draft;
}

function readTest(node: YamlNode, path: string, problems: Problems): HealthcheckDraft['test'] {
  if (node.kind === 'scalar') {
    const text = readText(node, path, problems);
    return text === null ? undefined : { form: 'shell', text };
  }
  const words = readWords(node, path, problems);
  if (words[0] === 'NONE') return null;
  if (words[0] === 'CMD' && words.length > 1) return { form: 'exec', words: words.slice(1) };
  if (words[0] === 'CMD-SHELL' && words.length > 1) return { form: 'shell', text: words.slice(1).join(' ') };
  if (words.length > 0 || node.kind === 'list') {
    problems.error(
      node.at,
      `\`${path}\` must begin with CMD, CMD-SHELL or NONE, found ${words[0] === undefined ? 'an empty list' : `"${words[0]}"`}`,
      words[0] !== undefined && !words[0].startsWith('CMD')
        ? `Write ["CMD", ${words.map((word) => JSON.stringify(word)).join(', ')}].`
        : 'Write ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/healthz"].',
    );
  }
  return undefined;
}
