/** The interactive part of Predict.astro. Question and options are HTML that the build made from inline markdown. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Language } from '../../workbench/i18n/dictionary.ts';
import { nearness } from '../../workbench/session/learning/prediction.ts';
import { dictionary } from '../i18n/index.ts';
import { keep, keptJson } from './storage.ts';
import './prediction.css';

interface Scale {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly unit: string;
}

interface Props {
  readonly id: string;
  readonly lang: Language;
  readonly question: string;
  readonly options?: readonly string[] | undefined;
  readonly guess?: Scale | undefined;
  readonly answer: number;
  readonly children?: ComponentChildren;
}

export default function Prediction({
  id,
  lang,
  question,
  options,
  guess: scale,
  answer,
  children,
}: Props): JSX.Element {
  const text = dictionary[lang].predict;
  const [guess, setGuess] = useState<number | null>(null);
  const [isCommitted, commit] = useState(false);

  useEffect(() => {
    const before = keptJson(`predict:${id}`);
    if (typeof before !== 'number') return;
    setGuess(before);
    commit(true);
  }, []);

  const submit = (event: Event) => {
    event.preventDefault();
    if (guess === null) return;
    commit(true);
    keep(`predict:${id}`, JSON.stringify(guess));
  };

  return (
    <div class="prediction">
      <form onSubmit={submit}>
        <fieldset disabled={isCommitted}>
          <legend>
            <Html html={question} />
            <span class="hint needs-script">{text.hint}</span>
          </legend>
          {options !== undefined && <Options {...{ id, options, guess, setGuess, answer, isCommitted }} />}
          {scale !== undefined && <Guess {...{ scale, guess, setGuess, answer, isCommitted }} label={text.guess} />}
        </fieldset>
        {!isCommitted && (
          <button type="submit" class="button button-small needs-script" disabled={guess === null}>
            {text.commit}
          </button>
        )}
      </form>
      <p class="no-script">{text.noScript}</p>
      <div class="outcome" hidden={!isCommitted} role="status">
        <p class="verdict">
          {isCommitted && guess !== null && verdict(text, options, scale, guess, answer)}
          <button type="button" class="again" onClick={() => commit(false)}>
            {text.again}
          </button>
        </p>
        {children}
      </div>
    </div>
  );
}

interface Parts {
  readonly guess: number | null;
  readonly setGuess: (guess: number) => void;
  readonly answer: number;
  readonly isCommitted: boolean;
}

function Options({
  id,
  options,
  guess,
  setGuess,
  answer,
  isCommitted,
}: Parts & { id: string; options: readonly string[] }) {
  return (
    <div class="options">
      {options.map((option, index) => (
        <label key={option} data-answer={isCommitted && index === answer} data-guess={guess === index}>
          <input type="radio" name={`predict-${id}`} checked={guess === index} onChange={() => setGuess(index)} />
          <Html html={option} />
        </label>
      ))}
    </div>
  );
}

/** A scale with the guess above the line and, once committed, what it was below. */
function Guess({ scale, guess, setGuess, answer, isCommitted, label }: Parts & { scale: Scale; label: string }) {
  const { min, max, step, unit } = scale;
  const share = (value: number) => `${((Math.min(max, Math.max(min, value)) - min) / (max - min)) * 100}%`;
  const middle = min + Math.round((max - min) / 2 / step) * step;
  return (
    <div class="scale">
      <output class="number">{guess === null ? '?' : `${guess} ${unit}`}</output>
      <input
        type="range"
        aria-label={label}
        aria-valuetext={guess === null ? '?' : `${guess} ${unit}`}
        {...{ min, max, step }}
        value={guess ?? middle}
        onInput={(event) => setGuess(Number(event.currentTarget.value))}
      />
      <div class="ends number">
        <span>
          {min} {unit}
        </span>
        <span>
          {max} {unit}
        </span>
      </div>
      {isCommitted && (
        <div class="truth" style={{ '--at': share(answer) }}>
          <span class="number">
            {answer} {unit}
          </span>
        </div>
      )}
    </div>
  );
}

function verdict(
  text: (typeof dictionary)['en']['predict'],
  options: readonly string[] | undefined,
  scale: Scale | undefined,
  guess: number,
  answer: number,
): JSX.Element {
  const isRight = scale === undefined ? guess === answer : nearness(guess, answer, scale.step) === 'right';
  if (isRight) return <strong class="right">{text.right}</strong>;
  const sentence =
    scale === undefined
      ? text.wrong(options?.[answer] ?? '')
      : text.off(`${guess} ${scale.unit}`, `${answer} ${scale.unit}`);
  return <strong dangerouslySetInnerHTML={{ __html: sentence }} />;
}

function Html({ html }: { readonly html: string }): JSX.Element {
  return <span dangerouslySetInnerHTML={{ __html: html }} />;
}
