/** The interactive part of Quiz.astro. Texts are HTML that the build made from inline markdown. */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Language } from '../../workbench/i18n/dictionary.ts';
import { dictionary } from '../i18n/index.ts';
import { keep, keptJson } from './storage.ts';
import './quiz.css';

interface Props {
  readonly id: string;
  readonly lang: Language;
  readonly question: string;
  readonly options: readonly { readonly text: string; readonly correct: boolean; readonly why: string }[];
}

export default function Quiz({ id, lang, question, options }: Props): JSX.Element {
  const text = dictionary[lang].quiz;
  const isSeveral = options.filter((option) => option.correct).length > 1;
  const [chosen, choose] = useState<readonly number[]>([]);
  const [isChecked, setChecked] = useState(false);

  useEffect(() => {
    const before = keptJson(`quiz:${id}`);
    if (!Array.isArray(before) || !before.every((index) => options[index])) return;
    choose(before);
    setChecked(true);
  }, []);

  const isRight = options.every((option, index) => option.correct === chosen.includes(index));
  const toggle = (index: number) => {
    if (!isSeveral) return choose([index]);
    choose(chosen.includes(index) ? chosen.filter((each) => each !== index) : [...chosen, index]);
  };
  const check = (event: Event) => {
    event.preventDefault();
    setChecked(true);
    keep(`quiz:${id}`, JSON.stringify(chosen));
  };

  return (
    <form class="quiz-form" onSubmit={check}>
      <fieldset disabled={isChecked}>
        <legend>
          <Html html={question} />
          <span class="hint">{isSeveral ? text.several : text.one}</span>
        </legend>
        {options.map((option, index) => {
          const isChosen = chosen.includes(index);
          const mark = isChecked && (option.correct || isChosen) ? (option.correct ? 'right' : 'wrong') : '';
          return (
            <div key={option.text} class="option" data-mark={mark} data-chosen={isChosen}>
              <label>
                <input
                  type={isSeveral ? 'checkbox' : 'radio'}
                  name={`quiz-${id}`}
                  checked={isChosen}
                  onChange={() => toggle(index)}
                />
                <span>
                  <Html html={option.text} />
                  {mark !== '' && (
                    <span class="mark" role="img" aria-label={mark === 'right' ? text.correctMark : text.incorrectMark}>
                      {mark === 'right' ? '✓' : '✗'}
                    </span>
                  )}
                </span>
              </label>
              {isChecked && (
                <p class="why">
                  <Html html={option.why} />
                </p>
              )}
            </div>
          );
        })}
      </fieldset>
      <p class="actions">
        {isChecked ? (
          <button type="button" class="button button-plain button-small" onClick={() => setChecked(false)}>
            {text.again}
          </button>
        ) : (
          <button type="submit" class="button button-small needs-script" disabled={chosen.length === 0}>
            {text.check}
          </button>
        )}
        <span class="result" role="status" data-right={isRight}>
          {isChecked && (isRight ? text.right : text.wrong)}
        </span>
      </p>
    </form>
  );
}

function Html({ html }: { readonly html: string }): JSX.Element {
  return <span dangerouslySetInnerHTML={{ __html: html }} />;
}
