/** Commands of the image: psql and pg_isready, run inside the container; `lab-psql` is for whoever only looks on. */
import type { ToolResult } from '../../server.ts';
import type { Cluster } from '../session/cluster.ts';
import { runPsql } from './psql.ts';

export function runTool(
  cluster: Cluster,
  state: 'starting' | 'ready' | 'stopping',
  argv: readonly string[],
  onDone: (result: ToolResult) => void,
) {
  const [name = '', ...rest] = argv;
  switch (name.replace(/^.*\//, '')) {
    case 'pg_isready': {
      const [exitCode, text] = state === 'ready' ? [0, 'accepting connections'] : [1, 'rejecting connections'];
      const isQuiet = rest.includes('-q') || rest.includes('--quiet');
      return onDone({
        exitCode: state === 'starting' ? 2 : exitCode,
        stdout: isQuiet ? '' : `/var/run/postgresql:5432 - ${state === 'starting' ? 'no response' : text}\n`,
        stderr: '',
        value: state === 'ready',
      });
    }
    case 'lab-psql':
    case 'psql':
      if (state !== 'ready')
        return onDone({
          exitCode: 2,
          stdout: '',
          stderr:
            'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: No such file or directory\n\tIs the server running locally and accepting connections on that socket?\n',
        });
      return runPsql(cluster, rest, onDone, name === 'lab-psql');
    default:
      onDone({ exitCode: 127, stdout: '', stderr: `sh: ${name}: not found\n` });
  }
}
