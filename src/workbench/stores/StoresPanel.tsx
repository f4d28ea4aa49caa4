/** Which server to look into, and the view of it. */
import { useSignal } from '@preact/signals';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { type ServerKind, storesOf } from '../session/servers.ts';
import { ConsulView } from './ConsulView.tsx';
import { HaproxyView } from './HaproxyView.tsx';
import { PostgresView } from './PostgresView.tsx';
import { RabbitView } from './RabbitView.tsx';
import { RedisView } from './RedisView.tsx';
import { storesTexts } from './texts.ts';
import type { ViewProps } from './view.ts';
import './stores.css';

const views: Readonly<Record<ServerKind, (props: ViewProps) => preact.JSX.Element>> = {
  redis: RedisView,
  postgres: PostgresView,
  rabbitmq: RabbitView,
  haproxy: HaproxyView,
  consul: ConsulView,
};

export function StoresPanel() {
  const { run } = useSession();
  const text = useText(storesTexts);
  const chosen = useSignal('');
  // Read, so that figures follow the run.
  void run.version.value;
  const stores = storesOf(run.topology.value?.services ?? []);
  // Every container is one place to look into.
  const places = stores.flatMap((store) =>
    Array.from({ length: store.replicas }, (_, index) => ({
      store,
      number: index + 1,
      label: store.replicas > 1 ? `${store.name}-${index + 1}` : store.name,
    })),
  );
  const place = places.find(({ label }) => label === chosen.value) ?? places[0];
  if (run.topology.value === null || run.status.value === 'idle' || run.status.value === 'booting') {
    return <p class="lb-empty">{text.notRunning}</p>;
  }
  if (place === undefined) return <p class="lb-empty">{text.noStores}</p>;
  const View = views[place.store.kind];
  const endpoint = `${place.store.name}-${place.number}`;
  return (
    <div class="lb-stores lb-panel">
      <div class="lb-panel-bar">
        <fieldset class="lb-store-places">
          <legend class="lb-sr-only">{text.server}</legend>
          {places.map(({ label, store }) => (
            <label key={label}>
              <input
                type="radio"
                name="lb-store"
                checked={label === place.label}
                onChange={() => {
                  chosen.value = label;
                }}
              />
              <span>
                {label}
                <small>{store.kind}</small>
              </span>
            </label>
          ))}
        </fieldset>
      </div>
      <div class="lb-store-scroll">
        <View
          key={endpoint}
          store={place.store}
          replicaNumber={place.number}
          replica={run.world.replicas.all.get(endpoint)}
        />
      </div>
    </div>
  );
}
