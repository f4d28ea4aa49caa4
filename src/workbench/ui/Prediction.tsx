/** A guess beside what came, as checks and runs show it; and the field one enters it in. */
import type { Signal } from '@preact/signals';
import { defineDictionary, type TranslationOf, useText } from '../i18n/dictionary.ts';
import { nearness } from '../session/learning/prediction.ts';
import './prediction.css';

const en = {
  title: 'Prediction',
  p99: 'Worst second’s p99',
  errors: 'Worst second’s errors',
  duration: 'as 800 ms or 2 s',
  said: 'You said',
  was: 'It was',
  again: 'Predict again',
  near: { right: 'as predicted', near: 'within a factor of two', off: 'far off' },
};

const zhCn: TranslationOf<typeof en> = {
  title: '预测',
  p99: '最差一秒的 p99',
  errors: '最差一秒的错误率',
  duration: '如 800 ms 或 2 s',
  said: '你的预测',
  was: '实际',
  again: '重新预测',
  near: { right: '与预测一致', near: '相差不到两倍', off: '相差很大' },
};

export const predictionTexts = defineDictionary(en, { 'zh-cn': zhCn });

export interface PredictionLine {
  readonly name: string;
  readonly said: number | null;
  readonly was: number | null | undefined;
  readonly format: (value: number) => string;
  /** What a guess could be told apart by. */
  readonly step?: number;
}

export function PredictionTable(props: {
  readonly lines: readonly PredictionLine[];
  /** What is said of how it came about. */
  readonly note?: string;
  readonly onAgain: () => void;
}) {
  const text = useText(predictionTexts);
  return (
    <section class="lb-predict" aria-label={text.title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{text.title}</th>
            <th scope="col">{text.said}</th>
            <th scope="col">{text.was}</th>
          </tr>
        </thead>
        <tbody>
          {props.lines.map((line) => (
            <Line key={line.name} {...line} />
          ))}
        </tbody>
      </table>
      {props.note === undefined ? null : <p class="lb-footnote">{props.note}</p>}
      <button type="button" class="lb-link" onClick={props.onAgain}>
        {text.again}
      </button>
    </section>
  );
}

function Line({ name, said, was, format, step }: PredictionLine) {
  const text = useText(predictionTexts);
  if (said === null) return null;
  const near = was == null ? null : nearness(said, was, step);
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{format(said)}</td>
      <td>
        {was == null ? '–' : format(was)}{' '}
        {near === null ? null : <span class={`lb-predict-${near}`}>{text.near[near]}</span>}
      </td>
    </tr>
  );
}

export function PredictionField(props: {
  readonly label: string;
  readonly unit: string;
  readonly value: Signal<string>;
  /** What is typed is understood. */
  readonly isRead: boolean;
}) {
  const { label, unit, value, isRead } = props;
  return (
    <label>
      <span>{label}</span>
      <input
        value={value.value}
        inputMode="decimal"
        size={6}
        aria-invalid={value.value.trim() !== '' && !isRead}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
      />
      <span class="lb-footnote">{unit}</span>
    </label>
  );
}

/** `12 %`, `0.4 %`. */
export function formatPercent(percent: number): string {
  return `${Math.round(percent * 10) / 10} %`;
}
