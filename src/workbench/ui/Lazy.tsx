/** A panel whose code comes when it is first shown: the page stays light for those who never open it. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** `load` gives the component; until it is there the panel is empty, in its final size. `waiting`: the class of that. */
export function lazily(load: () => Promise<ComponentType>, waiting = 'lb-panel'): ComponentType {
  let loaded: ComponentType | null = null;
  return function Lazy() {
    const [Panel, setPanel] = useState(() => loaded);
    const [error, setError] = useState('');
    useEffect(() => {
      if (loaded !== null) return;
      let isGone = false;
      load().then(
        (component) => {
          loaded = component;
          // A function as state would be called.
          if (!isGone) setPanel(() => component);
        },
        (reason) => !isGone && setError(reason instanceof Error ? reason.message : String(reason)),
      );
      return () => {
        isGone = true;
      };
    }, []);
    if (Panel !== null) return <Panel />;
    return <div class={waiting}>{error === '' ? null : <p class="lb-empty">{error}</p>}</div>;
  };
}
