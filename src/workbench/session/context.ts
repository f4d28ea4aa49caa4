/** How panels reach the session: through Preact's context, so that two workbenches on a page stay apart. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Run } from './run.ts';
import type { WorkbenchSession } from './session.ts';

export const SessionContext = createContext<WorkbenchSession | null>(null);
/** A live figure has a run but no project; the workbench provides both. */
export const RunContext = createContext<Run | null>(null);

export function useSession(): WorkbenchSession {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('A panel was rendered outside <SessionContext.Provider>.');
  return session;
}

export function useRun(): Run {
  const run = useContext(RunContext);
  if (run === null) throw new Error('A panel was rendered outside <RunContext.Provider>.');
  return run;
}
