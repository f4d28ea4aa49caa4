/** A command-line client of a server, run to its end. */
import { spawn } from 'node:child_process';
import type { ToolResult } from '../../../lab/images/server.ts';

const TOOL_MS_MAX = 30_000;

export function runTool(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onDone: (result: ToolResult) => void,
): void {
  const child = spawn(program, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: TOOL_MS_MAX });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  child.once('error', (error) => {
    stderr += `${error.message}\n`;
  });
  child.once('close', (code) => onDone({ exitCode: code ?? 1, stdout, stderr }));
}
