/** A quiet button that says what runs the system, and a dialog that says what another choice means before it is made. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import type { EngineName } from '../session/engine-choice.ts';
import { useUid } from '../ui/hooks.ts';
import { engineTexts } from './texts.ts';

const NAMES: readonly EngineName[] = ['lab', 'webcontainer'];

export function EngineChooser() {
  const session = useSession();
  const text = useText(engineTexts);
  const id = useUid('lb-engine');
  const dialog = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const marked = useSignal<EngineName>('lab');
  const { engines } = session;
  if (engines === null) return null;
  const chosen = engines.chosen.value;
  const close = () => {
    dialog.current?.hidePopover();
    button.current?.focus();
  };
  return (
    <div class="lb-engine">
      <span class="lb-label" aria-hidden="true">
        {text.label}
      </span>
      <button
        ref={button}
        type="button"
        class="lb-engine-button"
        popovertarget={id}
        aria-haspopup="dialog"
        title={text.title}
        aria-label={`${text.title}: ${text[chosen].name}`}
      >
        {text[chosen].name}
      </button>
      <div
        ref={dialog}
        id={id}
        popover="auto"
        class="lb-engine-dialog"
        role="dialog"
        aria-label={text.title}
        onBeforeToggle={(event) => {
          if (event.newState === 'open') marked.value = engines.chosen.value;
        }}
      >
        <fieldset>
          <legend>{text.title}</legend>
          {NAMES.map((name) => (
            <label key={name}>
              <input
                type="radio"
                name={id}
                checked={marked.value === name}
                aria-describedby={`${id}-${name}`}
                onChange={() => {
                  marked.value = name;
                }}
              />
              <strong>{text[name].name}</strong>
              <span id={`${id}-${name}`}>{text[name].what}</span>
            </label>
          ))}
        </fieldset>
        <div class="lb-engine-terms" aria-live="polite">
          {marked.value === 'webcontainer' ? (
            <dl>
              {(['licence', 'network', 'time', 'faults', 'fallback'] as const).map((key) => (
                <div key={key}>
                  <dt>{text.terms[key]}</dt>
                  <dd>
                    {text.meaning[key]}
                    {key === 'licence' ? (
                      <>
                        {' '}
                        <a href="https://stackblitz.com/terms-of-service" target="_blank" rel="noreferrer">
                          {text.link}
                        </a>
                      </>
                    ) : null}
                  </dd>
                </div>
              ))}
            </dl>
          ) : null}
        </div>
        <div class="lb-engine-buttons">
          <button
            type="button"
            class="lb-primary"
            disabled={marked.value === chosen}
            onClick={() => {
              close();
              void session.useEngine(marked.value);
            }}
          >
            {text.use(text[marked.value].name)}
          </button>
          <button type="button" onClick={close}>
            {text.cancel}
          </button>
        </div>
      </div>
    </div>
  );
}
