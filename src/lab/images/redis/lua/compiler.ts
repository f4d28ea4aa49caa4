/** From the tree to closures of this language: one for each node, so no code is made from text. */
import { isTrue, type Lua } from './machine.ts';
import type { Expression, FunctionBody, Local, Statement } from './syntax.ts';
import { type LuaFunction, Table, toNumber, type Value } from './values.ts';

interface Box {
  value: Value;
}

interface Frame {
  /** Captured variables are boxes. */
  readonly slots: (Value | Box)[];
  readonly outer: readonly Box[];
  readonly varargs: readonly Value[];
}

type Evaluate = (frame: Frame) => Value;
type EvaluateAll = (frame: Frame) => readonly Value[];
/** Undefined: goes on. */
type Run = (frame: Frame) => readonly Value[] | typeof BREAK | undefined;

const BREAK = Symbol('break');
const NOTHING: readonly Value[] = [];

export function compile(lua: Lua, body: FunctionBody): LuaFunction {
  return new Compiler(lua).closure(body)({ slots: [], outer: [], varargs: [] });
}

class Compiler {
  private readonly lua: Lua;

  constructor(lua: Lua) {
    this.lua = lua;
  }

  closure(body: FunctionBody): (frame: Frame) => LuaFunction {
    const { params, isVariadic, size, outer } = body;
    const run = this.block(body.block);
    // A captured variable is a box of the frame that makes the closure, or one that was handed to it.
    const sources = outer.map((local) =>
      local.owner === body.parent
        ? { isOwn: true, at: local.slot }
        : { isOwn: false, at: body.parent?.outer.indexOf(local) ?? 0 },
    );
    return (frame) => {
      const boxes = sources.map(({ isOwn, at }) => (isOwn ? (frame.slots[at] as Box) : frame.outer[at]!));
      return (args) => {
        const slots: (Value | Box)[] = new Array(size);
        params.forEach((param, i) => {
          slots[param.slot] = param.isCaptured ? { value: args[i] } : args[i];
        });
        const result = run({ slots, outer: boxes, varargs: isVariadic ? args.slice(params.length) : NOTHING });
        return result === undefined || result === BREAK ? NOTHING : result;
      };
    };
  }

  private block(statements: readonly Statement[]): Run {
    const all = statements.map((one) => this.statement(one));
    const { length } = all;
    if (length === 1) return all[0]!;
    return (frame) => {
      for (let i = 0; i < length; i++) {
        const result = all[i]!(frame);
        if (result !== undefined) return result;
      }
      return undefined;
    };
  }

  private statement(statement: Statement): Run {
    switch (statement.is) {
      case 'local':
        return this.assignLocals(statement.locals, this.list(statement.values), statement.values);
      case 'assign':
        return this.assign(statement.targets, statement.values);
      case 'call': {
        const call = this.all(statement.call);
        return (frame) => void call(frame);
      }
      case 'do':
        return this.block(statement.block);
      case 'while': {
        const [test, block] = [this.one(statement.test), this.block(statement.block)];
        return (frame) => {
          while (isTrue(test(frame))) {
            this.lua.step();
            const result = block(frame);
            if (result === BREAK) return undefined;
            if (result !== undefined) return result;
          }
          return undefined;
        };
      }
      case 'repeat': {
        const [test, block] = [this.one(statement.test), this.block(statement.block)];
        return (frame) => {
          do {
            this.lua.step();
            const result = block(frame);
            if (result === BREAK) return undefined;
            if (result !== undefined) return result;
          } while (!isTrue(test(frame)));
          return undefined;
        };
      }
      case 'if': {
        const cases = statement.cases.map(({ test, block }) => ({ test: this.one(test), block: this.block(block) }));
        const otherwise = this.block(statement.otherwise);
        return (frame) => {
          for (const { test, block } of cases) if (isTrue(test(frame))) return block(frame);
          return otherwise(frame);
        };
      }
      case 'count':
        return this.count(statement);
      case 'each':
        return this.each(statement);
      case 'function': {
        const { local } = statement;
        const make = this.closure(statement.body);
        return (frame) => {
          // The function sees itself, so its variable is there first.
          if (local.isCaptured) {
            const box: Box = { value: undefined };
            frame.slots[local.slot] = box;
            box.value = make(frame);
          } else frame.slots[local.slot] = make(frame);
        };
      }
      case 'return': {
        const values = this.list(statement.values);
        return (frame) => values(frame);
      }
      case 'break':
        return () => BREAK;
    }
  }

  private assignLocals(locals: readonly Local[], values: EvaluateAll, expressions: readonly Expression[]): Run {
    const [local] = locals;
    if (locals.length === 1 && expressions.length === 1) {
      const value = this.one(expressions[0]!);
      const { slot, isCaptured } = local!;
      return isCaptured
        ? (frame) => void (frame.slots[slot] = { value: value(frame) })
        : (frame) => void (frame.slots[slot] = value(frame));
    }
    return (frame) => {
      const given = values(frame);
      locals.forEach(({ slot, isCaptured }, i) => {
        frame.slots[slot] = isCaptured ? { value: given[i] } : given[i];
      });
    };
  }

  private assign(targets: readonly Expression[], expressions: readonly Expression[]): Run {
    if (targets.length === 1 && expressions.length === 1) {
      const value = this.one(expressions[0]!);
      const put = this.put(targets[0]!);
      return (frame) => {
        const prepared = put.prepare(frame);
        put.run(frame, prepared, value(frame));
      };
    }
    const values = this.list(expressions);
    const puts = targets.map((target) => this.put(target));
    return (frame) => {
      const prepared = puts.map(({ prepare }) => prepare(frame));
      const given = values(frame);
      for (let i = puts.length - 1; i >= 0; i--) puts[i]!.run(frame, prepared[i]!, given[i]);
    };
  }

  /** Table and key are evaluated before any value. */
  private put(target: Expression): {
    prepare: (frame: Frame) => readonly [Value, Value];
    run: (frame: Frame, prepared: readonly [Value, Value], value: Value) => void;
  } {
    const none = (): readonly [Value, Value] => [undefined, undefined];
    const { lua } = this;
    if (target.is === 'local') {
      const { local } = target;
      return {
        prepare: none,
        run: ({ slots }, _, value) => {
          if (local.isCaptured) (slots[local.slot] as Box).value = value;
          else slots[local.slot] = value;
        },
      };
    }
    if (target.is === 'outer') {
      const { index } = target;
      return {
        prepare: none,
        run: ({ outer }, _, value) => {
          outer[index]!.value = value;
        },
      };
    }
    if (target.is === 'global') {
      const { name, line } = target;
      return { prepare: none, run: (_, __, value) => lua.setIndex(lua.globals, name, value, line, () => '') };
    }
    if (target.is !== 'index') throw new Error('not a target');
    const [of, key] = [this.one(target.of), this.one(target.key)];
    const describe = () => describeOf(target.of);
    return {
      prepare: (frame) => [of(frame), key(frame)],
      run: (_, [table, at], value) => lua.setIndex(table, at, value, target.line, describe),
    };
  }

  private count({ local, from, to, step, block, line }: Extract<Statement, { is: 'count' }>): Run {
    const [first, last, by] = [this.one(from), this.one(to), step ? this.one(step) : () => 1];
    const body = this.block(block);
    const { lua } = this;
    const number = (value: Value, what: string): number => {
      const found = toNumber(value);
      if (found === undefined) throw lua.fail(`'for' ${what} must be a number`, line);
      return found;
    };
    return (frame) => {
      const [start, end, increment] = [
        number(first(frame), 'initial value'),
        number(last(frame), 'limit'),
        number(by(frame), 'step'),
      ];
      for (let i = start; increment > 0 ? i <= end : i >= end; i += increment) {
        lua.step();
        frame.slots[local.slot] = local.isCaptured ? { value: i } : i;
        const result = body(frame);
        if (result === BREAK) return undefined;
        if (result !== undefined) return result;
      }
      return undefined;
    };
  }

  private each({ locals, values, block, line }: Extract<Statement, { is: 'each' }>): Run {
    const list = this.list(values);
    const body = this.block(block);
    const { lua } = this;
    return (frame) => {
      const [next, state, initial] = list(frame);
      let control = initial;
      for (;;) {
        lua.step();
        const given = lua.call(next, [state, control], line);
        control = given[0];
        if (control === undefined) return undefined;
        for (let i = 0; i < locals.length; i++) {
          const { slot, isCaptured } = locals[i]!;
          frame.slots[slot] = isCaptured ? { value: given[i] } : given[i];
        }
        const result = body(frame);
        if (result === BREAK) return undefined;
        if (result !== undefined) return result;
      }
    };
  }

  /** The last expression gives all its values. */
  private list(expressions: readonly Expression[]): EvaluateAll {
    if (expressions.length === 0) return () => NOTHING;
    const last = expressions.at(-1)!;
    const first = expressions.slice(0, -1).map((one) => this.one(one));
    if (!isMulti(last)) {
      const value = this.one(last);
      if (first.length === 0) return (frame) => [value(frame)];
      return (frame) => {
        const given = first.map((one) => one(frame));
        given.push(value(frame));
        return given;
      };
    }
    const rest = this.all(last);
    if (first.length === 0) return rest;
    return (frame) => {
      const given = first.map((one) => one(frame));
      return given.concat(rest(frame));
    };
  }

  private all(expression: Expression): EvaluateAll {
    const { lua } = this;
    if (expression.is === 'varargs') return ({ varargs }) => varargs;
    if (expression.is === 'call') {
      const { line, of } = expression;
      const [callee, args] = [this.one(of), this.list(expression.args)];
      const describe = () => describeOf(of);
      return (frame) => {
        const target = callee(frame);
        return lua.call(target, args(frame), line, describe);
      };
    }
    if (expression.is === 'method') {
      const { line, name, of } = expression;
      const [self, args] = [this.one(of), this.list(expression.args)];
      const describe = () => describeOf(of);
      return (frame) => {
        const object = self(frame);
        const method = lua.index(object, name, line, describe);
        return lua.call(method, [object, ...args(frame)], line, () => `method '${name}'`);
      };
    }
    const value = this.one(expression);
    return (frame) => [value(frame)];
  }

  private one(expression: Expression): Evaluate {
    const { lua } = this;
    switch (expression.is) {
      case 'constant': {
        const value = expression.value ?? undefined;
        return () => value;
      }
      case 'local': {
        const { local } = expression;
        const { slot } = local;
        // Whether it is captured is known: the whole function has been parsed.
        return local.isCaptured ? ({ slots }) => (slots[slot] as Box).value : ({ slots }) => slots[slot] as Value;
      }
      case 'outer': {
        const { index } = expression;
        return ({ outer }) => outer[index]!.value;
      }
      case 'global': {
        const { name, line } = expression;
        return () => lua.index(lua.globals, name, line, () => '');
      }
      case 'index': {
        const [of, key] = [this.one(expression.of), this.one(expression.key)];
        const describe = () => describeOf(expression.of);
        return (frame) => {
          const table = of(frame);
          return lua.index(table, key(frame), expression.line, describe);
        };
      }
      case 'function':
        return this.closure(expression.body);
      case 'parentheses':
        return this.one(expression.of);
      case 'table':
        return this.table(expression);
      case 'unary':
        return this.unary(expression);
      case 'binary':
        return this.binary(expression);
      default: {
        const all = this.all(expression);
        return (frame) => all(frame)[0];
      }
    }
  }

  private table({ items, pairs, line }: Extract<Expression, { is: 'table' }>): Evaluate {
    const list = this.list(items);
    const entries = pairs.map(([key, value]) => [this.one(key), this.one(value)] as const);
    return (frame) => {
      const table = new Table();
      for (const [key, value] of entries) {
        const at = key(frame);
        if (at === undefined) throw this.lua.fail('table index is nil', line);
        table.set(at, value(frame));
      }
      const values = list(frame);
      values.forEach((value, i) => {
        table.set(i + 1, value);
      });
      return table;
    };
  }

  private unary({ op, of, line }: Extract<Expression, { is: 'unary' }>): Evaluate {
    const value = this.one(of);
    const { lua } = this;
    const describe = () => describeOf(of);
    if (op === 'not') return (frame) => !isTrue(value(frame));
    if (op === '#') return (frame) => lua.lengthOf(value(frame), line, describe);
    return (frame) => lua.negate(value(frame), line, describe);
  }

  private binary({ op, left, right, line }: Extract<Expression, { is: 'binary' }>): Evaluate {
    const [a, b] = [this.one(left), this.one(right)];
    const { lua } = this;
    const describe = (which: 0 | 1) => describeOf(which === 0 ? left : right);
    switch (op) {
      case 'and':
        return (frame) => {
          const value = a(frame);
          return isTrue(value) ? b(frame) : value;
        };
      case 'or':
        return (frame) => {
          const value = a(frame);
          return isTrue(value) ? value : b(frame);
        };
      case '==':
        return (frame) => lua.equals(a(frame), b(frame), line);
      case '~=':
        return (frame) => !lua.equals(a(frame), b(frame), line);
      case '<':
        return (frame) => lua.isLess(a(frame), b(frame), line);
      case '<=':
        return (frame) => lua.isLessOrEqual(a(frame), b(frame), line);
      case '>':
        return (frame) => {
          const x = a(frame);
          return lua.isLess(b(frame), x, line);
        };
      case '>=':
        return (frame) => {
          const x = a(frame);
          return lua.isLessOrEqual(b(frame), x, line);
        };
      case '..':
        return (frame) => {
          const x = a(frame);
          return lua.concat(x, b(frame), line, describe);
        };
      default:
        return (frame) => {
          const x = a(frame);
          return lua.arithmetic(op, x, b(frame), line, describe);
        };
    }
  }
}

const isMulti = ({ is }: Expression): boolean => is === 'call' || is === 'method' || is === 'varargs';

/** As error messages name it; empty when it has no name. */
function describeOf(expression: Expression): string {
  if (expression.is === 'local') return `local '${expression.local.name}'`;
  if (expression.is === 'outer') return `upvalue '${expression.name}'`;
  if (expression.is === 'global') return `global '${expression.name}'`;
  if (expression.is === 'index' && expression.key.is === 'constant' && typeof expression.key.value === 'string')
    return `field '${expression.key.value}'`;
  return '';
}
