/** The run in words: EventsPanel.tsx as a list, Announcer.tsx aloud. */
export { Announcer } from './Announcer.tsx';
export { EventsPanel } from './EventsPanel.tsx';
