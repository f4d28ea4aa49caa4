/**
 * A terminal for the running system: the commands that one would type beside a real one.
 *
 * - TerminalPanel.tsx  the line that is typed and what came of the ones before
 * - shell.ts           runs lines: history, pipes, Ctrl-C; words.ts splits them as sh does
 * - commands/          one file a family; commands/index.ts is the table, command.ts what a command is
 * - prompts/           tools that go on asking: redis-cli, psql
 * - complete.ts        Tab
 *
 * Written here, without xterm.js: that draws a screen of cells, which costs 70 KB (gzip) and hides the text from screen
 * readers, input methods and the browser's own selection. A field and a list of lines need none of it, because nothing
 * here paints a whole screen (`top -d`, `vi`).
 */
export { TerminalPanel } from './TerminalPanel.tsx';
