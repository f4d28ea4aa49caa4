/** `orders=#`: statements over as many lines as they take, up to their semicolon; `\dt` and its like at once. */
import { fieldsOf, listOf } from '../../session/shape.ts';
import { type Call, CommandError } from '../command.ts';
import { execute } from '../commands/execute.ts';
import type { Prompt } from './prompt.ts';

const WORDS =
  'SELECT FROM WHERE INSERT INTO VALUES UPDATE SET DELETE BEGIN COMMIT ROLLBACK ORDER BY GROUP LIMIT JOIN ON AND OR NOT NULL COUNT(*) EXPLAIN ANALYZE CREATE TABLE INDEX DROP SHOW FOR RETURNING pg_stat_activity pg_locks'.split(
    ' ',
  );
const LISTS = ['\\dt', '\\d', '\\di', '\\l', '\\c', '\\q'];
const NAMES = `SELECT relname AS name FROM pg_stat_user_tables`;

/** Connects as psql does before it shows its prompt; throws psql's own words when that fails. */
export async function psqlPrompt(
  call: Call,
  service: string,
  replica: number,
  given: readonly string[],
): Promise<Prompt> {
  let options = given;
  const look = async (sql: string): Promise<readonly string[]> => {
    const result = await call.wait(call.session.run.look(service, ['lab-psql', ...options, '-q', '-c', sql], replica));
    if (result === null) throw new CommandError(call.text.notRunning);
    if (result.status !== 0) throw new CommandError(result.stderr.trim(), result.status);
    return listOf(result.value).map((row) => String(fieldsOf(row).name ?? ''));
  };
  const current = async () => (await look('SELECT current_database() AS name'))[0] ?? '';
  let database = await current();
  const tables = await look(NAMES);
  /** Lines of a statement that goes on, or of a transaction. */
  let begun = '';
  const run = (statement: string, to: Call) => execute(to, service, ['psql', ...options, '-c', statement], replica);
  return {
    name: 'psql',
    get sign() {
      const { rest, open } = scanSql(begun);
      return `${database}${rest.trim() === '' && begun !== '' ? '=*' : open || '='}#`;
    },
    leaveWord: '\\q',
    async enter(line, to) {
      if (begun === '') {
        const word = line.trim();
        if (/^(?:\\q|exit|quit)$/.test(word.replace(/;$/, ''))) return true;
        const other = /^\\c(?:onnect)?\s+(\S+)/.exec(word)?.[1];
        if (other !== undefined) {
          const before = options;
          options = [...given, '-d', other];
          try {
            database = await current();
          } catch (error) {
            options = before;
            throw error;
          }
          to.out(`You are now connected to database "${database}".`);
          return false;
        }
        if (word.startsWith('\\')) {
          await run(word, to);
          return false;
        }
      }
      const { statements, rest } = scanSql(`${begun}${begun === '' ? '' : '\n'}${line}`);
      begun = '';
      for (let i = 0; i < statements.length; i++) {
        if (!BEGINS.test(statements[i]!)) {
          await run(statements[i]!, to);
          continue;
        }
        // Each call has a session of its own, so a transaction is handed over as a whole, at its end.
        const end = statements.findIndex((statement, at) => at >= i && ENDS.test(statement));
        const part = statements.slice(i, end < 0 ? undefined : end + 1).join('\n');
        if (end < 0) {
          begun = `${part}\n`;
          to.err(to.text.heldTransaction);
          break;
        }
        await run(part, to);
        i = end;
      }
      begun += rest.trim() === '' ? '' : rest;
      return false;
    },
    reset() {
      begun = '';
    },
    complete: (line) =>
      begun === '' && /^\s*\\?\S*$/.test(line) ? [...LISTS, ...WORDS, 'exit'] : [...WORDS, ...tables],
  };
}

const BEGINS = /^\s*(?:begin|start\s+transaction)\b/i;
const ENDS = /^\s*(?:commit|rollback|end|abort)\b(?!\s+to\b)/i;

export interface ScannedSql {
  /** Each with its semicolon. */
  readonly statements: readonly string[];
  readonly rest: string;
  /** What is open at the end, as psql's prompt shows it: a quote, a bracket, a comment; `-` for a statement that goes on. */
  readonly open: '' | '-' | "'" | '"' | '$' | '(' | '*';
}

/** Finds the semicolons that end statements: not those in quotes, comments and brackets. */
export function scanSql(text: string): ScannedSql {
  const statements: string[] = [];
  let start = 0;
  let depth = 0;
  const left = (open: ScannedSql['open']): ScannedSql => {
    const rest = text.slice(start);
    return { statements, rest, open: open !== '' || rest.trim() === '' ? open : depth > 0 ? '(' : '-' };
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    const tag = c === '$' ? /^\$(?:[a-z_]\w*)?\$/i.exec(text.slice(i))?.[0] : undefined;
    if (c === "'" || c === '"') {
      const end = text.indexOf(c, i + 1);
      // A doubled quote ends one string and begins the next: the same text.
      if (end < 0) return left(c);
      i = end;
    } else if (tag !== undefined) {
      const end = text.indexOf(tag, i + tag.length);
      if (end < 0) return left('$');
      i = end + tag.length - 1;
    } else if (text.startsWith('--', i)) {
      const end = text.indexOf('\n', i);
      if (end < 0) break;
      i = end;
    } else if (text.startsWith('/*', i)) {
      const end = text.indexOf('*/', i + 2);
      if (end < 0) return left('*');
      i = end + 1;
    } else if (c === '(') depth++;
    else if (c === ')') depth = Math.max(0, depth - 1);
    else if (c === ';' && depth === 0) {
      statements.push(text.slice(start, i + 1).trim());
      start = i + 1;
    }
  }
  return left('');
}
