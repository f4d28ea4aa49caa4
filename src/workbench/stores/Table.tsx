/** Rows of facts, and the strip of figures above them. */
import type { ComponentChildren } from 'preact';

export interface Column {
  readonly name: string;
  /** Numbers stand at the right, under each other. */
  readonly isNumber?: boolean;
  /** Takes what room is left and is cut there. */
  readonly isWide?: boolean;
}

export interface Row {
  readonly key: string;
  readonly cells: readonly ComponentChildren[];
  readonly tone?: 'warm' | 'hot';
}

export interface TableProps {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly empty: string;
}

export function Table({ label, columns, rows, empty }: TableProps) {
  if (rows.length === 0) return <p class="lb-empty">{empty}</p>;
  return (
    <table
      class={`lb-store-table${columns.some(({ isWide }) => isWide) ? '' : ' lb-store-compact'}`}
      aria-label={label}
    >
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" class={classOf(column)}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells, tone }) => (
          <tr key={key} class={tone === undefined ? undefined : `lb-store-${tone}`}>
            {cells.map((cell, at) => (
              <td key={columns[at]!.name} class={classOf(columns[at]!)}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function classOf({ isNumber, isWide }: Column): string | undefined {
  return isNumber ? 'lb-store-number' : isWide ? 'lb-store-wide' : undefined;
}

export interface FigureProps {
  readonly label: string;
  readonly value: ComponentChildren;
  /** Said beside it, smaller. */
  readonly note?: string;
  readonly tone?: 'warm' | 'hot';
  /** 0 to 1: drawn as a member that fills. */
  readonly filled?: number;
}

export function Figures({ all }: { readonly all: readonly FigureProps[] }) {
  return (
    <dl class="lb-store-figures">
      {all.map(({ label, value, note, tone, filled }) => (
        <div key={label} class={tone === undefined ? undefined : `lb-store-${tone}`}>
          <dt>{label}</dt>
          <dd>
            {value}
            {note === undefined ? null : <small>{note}</small>}
            {filled === undefined ? null : (
              <span class="lb-store-bar" aria-hidden="true">
                <span style={{ width: `${Math.min(1, Math.max(0, filled)) * 100}%` }} />
              </span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
