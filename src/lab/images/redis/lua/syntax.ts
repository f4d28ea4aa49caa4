/** The tree of a Lua program, with every name resolved to a local variable or a global. */

export interface Local {
  readonly name: string;
  /** Place in the frame of its function. */
  readonly slot: number;
  readonly owner: FunctionBody;
  /** An inner function uses it, so it lives in a box of its own. */
  isCaptured: boolean;
}

export interface FunctionBody {
  readonly parent: FunctionBody | null;
  params: Local[];
  isVariadic: boolean;
  block: Statement[];
  /** Slots of a frame. */
  size: number;
  /** Captured variables of outer functions, in the order of the closure's boxes. */
  readonly outer: Local[];
  readonly line: number;
}

export type Expression =
  | { readonly is: 'constant'; readonly value: null | boolean | number | string }
  | { readonly is: 'varargs' }
  | { readonly is: 'function'; readonly body: FunctionBody }
  | { readonly is: 'local'; readonly local: Local }
  | { readonly is: 'outer'; readonly index: number; readonly name: string }
  | { readonly is: 'global'; readonly name: string; readonly line: number }
  | { readonly is: 'index'; readonly of: Expression; readonly key: Expression; readonly line: number }
  | { readonly is: 'call'; readonly of: Expression; readonly args: readonly Expression[]; readonly line: number }
  | {
      readonly is: 'method';
      readonly of: Expression;
      readonly name: string;
      readonly args: readonly Expression[];
      readonly line: number;
    }
  | {
      readonly is: 'binary';
      readonly op: string;
      readonly left: Expression;
      readonly right: Expression;
      readonly line: number;
    }
  | { readonly is: 'unary'; readonly op: string; readonly of: Expression; readonly line: number }
  | { readonly is: 'parentheses'; readonly of: Expression }
  | {
      readonly is: 'table';
      readonly items: readonly Expression[];
      readonly pairs: readonly (readonly [Expression, Expression])[];
      readonly line: number;
    };

export type Statement =
  | { readonly is: 'local'; readonly locals: readonly Local[]; readonly values: readonly Expression[] }
  | { readonly is: 'assign'; readonly targets: readonly Expression[]; readonly values: readonly Expression[] }
  | { readonly is: 'call'; readonly call: Expression }
  | { readonly is: 'do'; readonly block: readonly Statement[] }
  | { readonly is: 'while'; readonly test: Expression; readonly block: readonly Statement[] }
  | { readonly is: 'repeat'; readonly test: Expression; readonly block: readonly Statement[] }
  | {
      readonly is: 'if';
      readonly cases: readonly { readonly test: Expression; readonly block: readonly Statement[] }[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly is: 'count';
      readonly local: Local;
      readonly from: Expression;
      readonly to: Expression;
      readonly step: Expression | null;
      readonly block: readonly Statement[];
      readonly line: number;
    }
  | {
      readonly is: 'each';
      readonly locals: readonly Local[];
      readonly values: readonly Expression[];
      readonly block: readonly Statement[];
      readonly line: number;
    }
  | { readonly is: 'function'; readonly local: Local; readonly body: FunctionBody }
  | { readonly is: 'return'; readonly values: readonly Expression[] }
  | { readonly is: 'break' };
