/** Icons drawn on a 16 px grid with one line width; all are decoration beside a text or an aria-label. */
const paths = {
  play: 'M4.5 2.8v10.4l8.5-5.2z',
  pause: 'M5 3v10M11 3v10',
  stop: 'M3.5 3.5h9v9h-9z',
  step: 'M4 3v10l6-5zM12.5 3v10',
  stepRequest: 'M2.5 8h7M7 5l3 3-3 3M13 3v10',
  stepBack: 'M12 3v10L6 8zM3.5 3v10',
  stepRequestBack: 'M13.5 8h-7M9 5L6 8l3 3M3 3v10',
  flag: 'M4 2v12M4 2.5h8.5L10.5 5l2 2.5H4',
  restart: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.2v3h-3',
  close: 'M4 4l8 8M12 4l-8 8',
  file: 'M4 1.8h5l3 3v9.4H4zM9 1.8v3h3',
  folder: 'M1.8 4h4.4l1.4 1.6h6.6v7H1.8z',
  lock: 'M4 7.2h8v6H4zM5.6 7V5.2a2.4 2.4 0 0 1 4.8 0V7',
  check: 'M3 8.5l3.4 3.4L13 4.6',
  cross: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  undo: 'M6 3L3 6l3 3M3 6h6a4 4 0 0 1 0 8H6',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.4 10.4l3.4 3.4',
  warn: 'M8 2l6.2 11.5H1.8zM8 6.4v3.4M8 11.6v.4',
  send: 'M2 8l12-5-4 11-2.4-4.6z',
  chevron: 'M6 3.5L10.5 8 6 12.5',
  diff: 'M5 3v6M2 6h6M8.5 12.5h5',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.2M2.5 8h.2M2.5 12h.2',
} as const;

export type IconName = keyof typeof paths;

const filled = new Set<IconName>(['play', 'stop', 'step', 'stepBack']);

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      class="lb-icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill={filled.has(name) ? 'currentColor' : 'none'}
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
