/** A watch for as long as a view is shown, which asks while it is on the screen. */
import { useEffect, useMemo } from 'preact/hooks';
import { useRun } from '../session/context.ts';
import { useOnScreen } from '../ui/hooks.ts';
import { type Exec, type Snapshot, Watch } from './watch.ts';

export interface Watched<T> {
  readonly shown: Snapshot<T> | null;
  readonly error: string;
  readonly watch: Watch<T>;
}

/** `key` names what is asked; another key is another question. */
export function useWatch<T>(
  box: { current: Element | null },
  service: string,
  replica: number,
  read: (exec: Exec) => Promise<T>,
  key: string,
): Watched<T> {
  const run = useRun();
  const { record } = run;
  const watch = useMemo(() => new Watch(run, service, replica, read), [run, record, service, replica, key]);
  const isOn = useOnScreen(box);
  useEffect(() => {
    if (!isOn) return;
    return run.version.subscribe(() => watch.look());
  }, [run, watch, isOn]);
  // Read, so that the view follows them.
  void watch.snapshots.value;
  return { shown: watch.shown(), error: watch.error.value, watch };
}
