import type { RemoteWords } from '../remote/remote-session.ts';

/** Real ms without a sign of life of the bridge, which gives one each second. */
export const SILENCE_MS_MAX = 15_000;
/** While it grades: checks are the author's code in the bridge's own process, and a slow machine has much to do. */
export const GRADING_SILENCE_MS_MAX = 30_000;

export const containerWords: RemoteWords = {
  failed: (message) => `The container failed: ${message}`,
  silentChecks: 'The checks were stopped: the container stopped answering.',
  silent: () => 'The run was stopped: the container stopped answering.',
  // The bridge itself says what there is.
  notRun: (_image, service, command) => ({
    exitCode: 127,
    stdout: '',
    stderr: `${command}: not found in ${service}.\n`,
  }),
};
