/** What the lab says of itself when a run cannot go on, or a command is not there. */
import { serversIn } from '../../lab/images/facts.ts';
import type { RemoteWords } from '../remote/remote-session.ts';

export const labWords: RemoteWords = {
  failed: (message) => `The lab failed: ${message}`,
  silentChecks:
    'The checks were stopped: one call in a service or in the checks does not return; look for a loop or a regular expression without end. On a machine with much else to do, run them again.',
  silent(lastSeen) {
    const who = lastSeen === '' ? 'a service' : lastSeen;
    return `The run was stopped: the lab stopped answering, last while ${who} was working. One call there does not return; look for a loop or a regular expression without end.`;
  },
  /** Containers of the learner's services hold one Node program and no other commands. */
  notRun(image, service, command) {
    const isServer = serversIn({ 'compose.yaml': image }).length > 0;
    const stderr = isServer
      ? `container of service "${service}" is not running\n`
      : `${command}: not found. The lab runs ${service}'s Node program and no shell beside it; commands exist in containers of redis, postgres, rabbitmq and haproxy.\n`;
    return { exitCode: isServer ? 126 : 127, stdout: '', stderr };
  },
};
