/**
 * What all panels are built from: tabs, splits, menus, icons, words for faults. Knows the session's data types, but no
 * panel.
 */
export * from './fault-text.ts';
export * from './hooks.ts';
export * from './Icon.tsx';
export * from './Menu.tsx';
export * from './moment-text.ts';
export * from './RequestMark.tsx';
export * from './Split.tsx';
export * from './Tabs.tsx';
