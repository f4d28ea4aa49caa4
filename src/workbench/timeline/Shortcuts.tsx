/** The keys of the workbench, in a list that a button opens; Escape closes it. */
import { useText } from '../i18n/dictionary.ts';
import { useUid } from '../ui/hooks.ts';
import { timelineTexts } from './texts.ts';

type KeyText = Exclude<keyof typeof timelineTexts.en.keys, 'title' | 'time' | 'structure' | 'lists'>;

const groups: readonly {
  readonly where: 'time' | 'structure' | 'lists';
  readonly keys: readonly (readonly [keys: string, what: KeyText])[];
}[] = [
  {
    where: 'time',
    keys: [
      ['← →', 'tenth'],
      ['Shift+← Shift+→', 'second'],
      ['PageDown PageUp', 'ten'],
      ['Home End', 'ends'],
      [', .', 'event'],
      ['[ ]', 'bookmark'],
      ['b', 'mark'],
      ['Space', 'replay'],
      ['Escape', 'escape'],
    ],
  },
  {
    where: 'structure',
    keys: [
      ['Tab', 'tab'],
      ['Enter', 'enter'],
    ],
  },
  {
    where: 'lists',
    keys: [
      ['↑ ↓', 'row'],
      ['← →', 'side'],
    ],
  },
];

export function Shortcuts() {
  const text = useText(timelineTexts);
  const id = useUid('lb-keys');
  return (
    <>
      <button
        type="button"
        class="lb-icon-button lb-keys-button"
        title={text.keys.title}
        aria-label={text.keys.title}
        popovertarget={id}
      >
        <span aria-hidden="true">?</span>
      </button>
      <div id={id} popover="auto" class="lb-keys" role="dialog" aria-label={text.keys.title}>
        {groups.map(({ where, keys }) => (
          <section key={where}>
            <h3 class="lb-label">{text.keys[where]}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    {key.split(' ').map((each) => (
                      <kbd key={each}>{each}</kbd>
                    ))}
                  </dt>
                  <dd>{text.keys[what]}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </>
  );
}
