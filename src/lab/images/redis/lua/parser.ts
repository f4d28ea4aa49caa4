/** Lua 5.1 by recursive descent. */
import { LuaSyntaxError, type Token, tokenize } from './lexer.ts';
import type { Expression, FunctionBody, Local, Statement } from './syntax.ts';

/** Left and right binding power, as in lparser.c. */
const BINARY: Readonly<Record<string, readonly [number, number]>> = {
  '+': [6, 6],
  '-': [6, 6],
  '*': [7, 7],
  '/': [7, 7],
  '%': [7, 7],
  '^': [10, 9],
  '..': [5, 4],
  '~=': [3, 3],
  '==': [3, 3],
  '<': [3, 3],
  '<=': [3, 3],
  '>': [3, 3],
  '>=': [3, 3],
  and: [2, 2],
  or: [1, 1],
};
const UNARY_POWER = 8;
/** As `LUAI_MAXCCALLS`. */
const DEPTH_MAX = 200;

export function parse(source: string, chunk: string): FunctionBody {
  return new Parser(tokenize(source, chunk), chunk).program();
}

class Parser {
  private at = 0;
  private depth = 0;
  private body: FunctionBody;
  /** Visible locals of each open function, the innermost last. */
  private scopes: Map<FunctionBody, Local[]> = new Map();
  private readonly tokens: readonly Token[];
  private readonly chunk: string;

  constructor(tokens: readonly Token[], chunk: string) {
    this.tokens = tokens;
    this.chunk = chunk;
    this.body = this.newBody(null, 0);
    this.body.isVariadic = true;
  }

  program(): FunctionBody {
    this.body.block = this.block();
    if (this.token.type !== 'end') this.fail(`'<eof>' expected`);
    return this.body;
  }

  private get token(): Token {
    return this.tokens[this.at]!;
  }

  private fail(what: string): never {
    const { text, line } = this.token;
    throw new LuaSyntaxError(`${this.chunk}:${line}: ${what} near '${text}'`);
  }

  private is(text: string): boolean {
    const { type } = this.token;
    return (type === 'word' || type === 'symbol') && this.token.text === text;
  }

  private accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  private expect(text: string, opening?: { text: string; line: number }): void {
    if (this.accept(text)) return;
    if (opening && opening.line !== this.token.line)
      this.fail(`'${text}' expected (to close '${opening.text}' at line ${opening.line})`);
    this.fail(`'${text}' expected`);
  }

  private name(): string {
    const { type, text } = this.token;
    if (type !== 'name') this.fail('<name> expected');
    this.at++;
    return text;
  }

  // Scopes.

  private newBody(parent: FunctionBody | null, line: number): FunctionBody {
    const body = { parent, params: [], isVariadic: false, block: [], size: 0, outer: [], line };
    this.scopes.set(body, []);
    return body;
  }

  private addLocal(name: string): Local {
    const local: Local = { name, slot: this.body.size++, owner: this.body, isCaptured: false };
    this.scopes.get(this.body)!.push(local);
    return local;
  }

  private scoped<T>(run: () => T): T {
    const locals = this.scopes.get(this.body)!;
    const { length } = locals;
    const result = run();
    locals.length = length;
    return result;
  }

  private resolve(name: string, line: number): Expression {
    for (let body: FunctionBody | null = this.body; body; body = body.parent) {
      const local = this.scopes.get(body)!.findLast((one) => one.name === name);
      if (!local) continue;
      if (body === this.body) return { is: 'local', local };
      local.isCaptured = true;
      return { is: 'outer', index: this.capture(this.body, local), name };
    }
    return { is: 'global', name, line };
  }

  /** Each function between here and the variable's own hands the box on. */
  private capture(body: FunctionBody, local: Local): number {
    const known = body.outer.indexOf(local);
    if (known >= 0) return known;
    if (body.parent !== local.owner) this.capture(body.parent!, local);
    return body.outer.push(local) - 1;
  }

  // Statements.

  private block(): Statement[] {
    if (++this.depth > DEPTH_MAX)
      throw new LuaSyntaxError(`${this.chunk}:${this.token.line}: chunk has too many syntax levels`);
    const statements: Statement[] = [];
    while (!this.isBlockEnd()) {
      const { text } = this.token;
      const statement = this.statement();
      if (statement) statements.push(statement);
      this.accept(';');
      if (statement && (text === 'return' || text === 'break') && this.tokens[this.at - 1]!.type !== 'name') {
        if ((statement.is === 'return' || statement.is === 'break') && !this.isBlockEnd()) this.fail(`'end' expected`);
      }
    }
    this.depth--;
    return statements;
  }

  private isBlockEnd(): boolean {
    return this.token.type === 'end' || ['end', 'else', 'elseif', 'until'].some((word) => this.is(word));
  }

  private statement(): Statement | null {
    const { line } = this.token;
    if (this.accept('if')) return this.ifStatement(line);
    if (this.accept('while')) {
      const test = this.expression();
      this.expect('do');
      const block = this.scoped(() => this.block());
      this.expect('end', { text: 'while', line });
      return { is: 'while', test, block };
    }
    if (this.accept('do')) {
      const block = this.scoped(() => this.block());
      this.expect('end', { text: 'do', line });
      return { is: 'do', block };
    }
    if (this.accept('for')) return this.scoped(() => this.forStatement(line));
    if (this.accept('repeat'))
      return this.scoped(() => {
        const block = this.block();
        this.expect('until', { text: 'repeat', line });
        return { is: 'repeat', test: this.expression(), block };
      });
    if (this.accept('function')) return this.functionStatement(line);
    if (this.accept('local')) return this.localStatement();
    if (this.accept('return')) {
      const isEmpty = this.isBlockEnd() || this.is(';');
      return { is: 'return', values: isEmpty ? [] : this.expressions() };
    }
    if (this.accept('break')) return { is: 'break' };
    return this.expressionStatement();
  }

  private ifStatement(line: number): Statement {
    const cases: { test: Expression; block: Statement[] }[] = [];
    let otherwise: Statement[] = [];
    do {
      const test = this.expression();
      this.expect('then');
      cases.push({ test, block: this.scoped(() => this.block()) });
    } while (this.accept('elseif'));
    if (this.accept('else')) otherwise = this.scoped(() => this.block());
    this.expect('end', { text: 'if', line });
    return { is: 'if', cases, otherwise };
  }

  private forStatement(line: number): Statement {
    const names = [this.name()];
    if (this.accept('=')) {
      const from = this.expression();
      this.expect(',');
      const to = this.expression();
      const step = this.accept(',') ? this.expression() : null;
      this.expect('do');
      const local = this.addLocal(names[0]!);
      const block = this.block();
      this.expect('end', { text: 'for', line });
      return { is: 'count', local, from, to, step, block, line };
    }
    while (this.accept(',')) names.push(this.name());
    if (!this.is('in')) this.fail(`'=' or 'in' expected`);
    this.at++;
    const values = this.expressions();
    this.expect('do');
    const locals = names.map((name) => this.addLocal(name));
    const block = this.block();
    this.expect('end', { text: 'for', line });
    return { is: 'each', locals, values, block, line };
  }

  private functionStatement(line: number): Statement {
    let target = this.resolve(this.name(), line);
    let isMethod = false;
    while (this.is('.') || this.is(':')) {
      isMethod = this.accept(':');
      if (!isMethod) this.at++;
      target = { is: 'index', of: target, key: { is: 'constant', value: this.name() }, line };
      if (isMethod) break;
    }
    return { is: 'assign', targets: [target], values: [{ is: 'function', body: this.functionBody(isMethod, line) }] };
  }

  private localStatement(): Statement {
    const { line } = this.token;
    if (this.accept('function')) {
      const local = this.addLocal(this.name());
      return { is: 'function', local, body: this.functionBody(false, line) };
    }
    const names = [this.name()];
    while (this.accept(',')) names.push(this.name());
    // The new names are not yet visible in their own values.
    const values = this.accept('=') ? this.expressions() : [];
    return { is: 'local', locals: names.map((name) => this.addLocal(name)), values };
  }

  private expressionStatement(): Statement {
    const first = this.suffixed();
    if (!this.is('=') && !this.is(',')) {
      if (first.is !== 'call' && first.is !== 'method') this.fail('syntax error');
      return { is: 'call', call: first };
    }
    const targets = [first];
    while (this.accept(',')) targets.push(this.suffixed());
    this.expect('=');
    if (targets.some(({ is }) => !['local', 'outer', 'global', 'index'].includes(is))) this.fail('syntax error');
    return { is: 'assign', targets, values: this.expressions() };
  }

  // Expressions.

  private expressions(): Expression[] {
    const all = [this.expression()];
    while (this.accept(',')) all.push(this.expression());
    return all;
  }

  private expression(power = 0): Expression {
    if (++this.depth > DEPTH_MAX)
      throw new LuaSyntaxError(`${this.chunk}:${this.token.line}: chunk has too many syntax levels`);
    const { line, text } = this.token;
    let left: Expression;
    if (this.is('not') || this.is('-') || this.is('#')) {
      this.at++;
      left = { is: 'unary', op: text, of: this.expression(UNARY_POWER), line };
    } else left = this.simple();
    for (;;) {
      const { type, text: op, line: opLine } = this.token;
      const powers = type === 'symbol' || type === 'word' ? BINARY[op] : undefined;
      if (!powers || powers[0] <= power) break;
      this.at++;
      left = { is: 'binary', op, left, right: this.expression(powers[1]), line: opLine };
    }
    this.depth--;
    return left;
  }

  private simple(): Expression {
    const { type, text, value, line } = this.token;
    if (type === 'number' || type === 'string') {
      this.at++;
      return { is: 'constant', value: type === 'number' ? value : text };
    }
    if (this.accept('nil')) return { is: 'constant', value: null };
    if (this.accept('true')) return { is: 'constant', value: true };
    if (this.accept('false')) return { is: 'constant', value: false };
    if (this.is('...')) {
      if (!this.body.isVariadic) this.fail("cannot use '...' outside a vararg function");
      this.at++;
      return { is: 'varargs' };
    }
    if (this.is('{')) return this.table();
    if (this.accept('function')) return { is: 'function', body: this.functionBody(false, line) };
    return this.suffixed();
  }

  private suffixed(): Expression {
    const { line } = this.token;
    let left: Expression;
    if (this.accept('(')) {
      left = { is: 'parentheses', of: this.expression() };
      this.expect(')', { text: '(', line });
    } else if (this.token.type === 'name') left = this.resolve(this.name(), line);
    else return this.fail('unexpected symbol');
    for (;;) {
      const { line: here } = this.token;
      if (this.accept('.')) left = { is: 'index', of: left, key: { is: 'constant', value: this.name() }, line: here };
      else if (this.accept('[')) {
        left = { is: 'index', of: left, key: this.expression(), line: here };
        this.expect(']');
      } else if (this.accept(':')) {
        const name = this.name();
        left = { is: 'method', of: left, name, args: this.args(), line: here };
      } else if (this.is('(') || this.is('{') || this.token.type === 'string')
        left = { is: 'call', of: left, args: this.args(), line: here };
      else return left;
    }
  }

  private args(): Expression[] {
    const { type, text, line } = this.token;
    if (type === 'string') {
      this.at++;
      return [{ is: 'constant', value: text }];
    }
    if (this.is('{')) return [this.table()];
    if (!this.accept('(')) this.fail('function arguments expected');
    if (this.accept(')')) return [];
    const args = this.expressions();
    this.expect(')', { text: '(', line });
    return args;
  }

  private table(): Expression {
    const { line } = this.token;
    this.expect('{');
    const items: Expression[] = [];
    const pairs: (readonly [Expression, Expression])[] = [];
    while (!this.is('}')) {
      const next = this.tokens[this.at + 1]!;
      if (this.token.type === 'name' && next.type === 'symbol' && next.text === '=') {
        const key: Expression = { is: 'constant', value: this.name() };
        this.at++;
        pairs.push([key, this.expression()]);
      } else if (this.accept('[')) {
        const key = this.expression();
        this.expect(']');
        this.expect('=');
        pairs.push([key, this.expression()]);
      } else items.push(this.expression());
      if (!this.accept(',') && !this.accept(';')) break;
    }
    this.expect('}', { text: '{', line });
    return { is: 'table', items, pairs, line };
  }

  private functionBody(isMethod: boolean, line: number): FunctionBody {
    const outside = this.body;
    this.body = this.newBody(outside, line);
    const params: Local[] = isMethod ? [this.addLocal('self')] : [];
    this.expect('(');
    while (!this.is(')')) {
      if (this.accept('...')) {
        this.body.isVariadic = true;
        break;
      }
      params.push(this.addLocal(this.name()));
      if (!this.accept(',')) break;
    }
    this.expect(')');
    this.body.params = params;
    this.body.block = this.block();
    this.expect('end', { text: 'function', line });
    const body = this.body;
    this.body = outside;
    return body;
  }
}
