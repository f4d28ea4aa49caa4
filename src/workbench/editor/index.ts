/**
 * Editing the project: EditorPanel.tsx puts FileTree, open files and an editor together. monaco.ts (with its workers) is
 * loaded when the panel is first wide enough to use it; PlainEditor serves phones.
 */
export { EditorPanel, type EditorPanelProps } from './EditorPanel.tsx';
