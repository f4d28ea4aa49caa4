/**
 * Short identifiers for a bundle, in which classes keep the names that programs see: console.log writes the class of
 * what it shows, error classes are compared by name. esbuild's keepNames would do it too, but at the price of a call
 * for every closure that is made.
 */
import { parse } from 'acorn';
import { transform } from 'esbuild';
import MagicString from 'magic-string';

/**
 * @param code an ES module with one export, its default
 * @returns the body of a function that returns that export. Top-level names stay as they are, because stack traces
 * show them: `at Timeout._onTimeout`.
 */
export async function shrink(code: string): Promise<string> {
  const exported = /export\{(\S+) as default\};?\s*$/.exec(code);
  if (exported === null) throw new Error('A bundle to be shrunk ends with its default export.');
  // Without a format esbuild takes it for a script, whose top-level names others may use.
  const result = await transform(withNames(code.slice(0, exported.index)), {
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    target: 'es2022',
    supported: { 'async-await': false, 'for-await': false, 'async-generator': false },
  });
  // In a function of its own: around it the names that it may not see are bound.
  return `"use strict";${HELPER}return(()=>{${result.code.trim()}return ${exported[1]}})();`;
}

const HELPER = 'var $n=(f,n)=>Object.defineProperty(f,"name",{value:n,configurable:true});';

/** Lets every class, and every function named like one, set its own name. */
function withNames(code: string): string {
  const text = new MagicString(code);
  const tree: any = parse(code, { ecmaVersion: 2022 });
  visit(tree, null, (node, parent) => {
    const name = visibleName(node, parent);
    if (name === null) return;
    const call = JSON.stringify(name);
    if (node.type.startsWith('Class')) {
      if (!node.body.body.some(isStaticName)) text.appendLeft(node.body.start + 1, `static{$n(this,${call})}`);
    } else if (node.type === 'FunctionExpression')
      text.appendLeft(node.start, '$n(').appendRight(node.end, `,${call})`);
    else if (parent.type === 'Program' || parent.type === 'BlockStatement')
      text.appendRight(node.end, `;$n(${node.id.name},${call});`);
  });
  return text.toString();
}

/** What the source called it: the bundler wrote `var Foo = class _Foo` or `Foo = class`, or numbered the second Foo. */
function visibleName(node: any, parent: any): string | null {
  const isClass = node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
  if (!isClass && node.type !== 'FunctionDeclaration' && node.type !== 'FunctionExpression') return null;
  const holder =
    parent?.type === 'VariableDeclarator' ? parent.id : parent?.type === 'AssignmentExpression' ? parent.left : null;
  const name: string | undefined = (isClass ? holder?.name : undefined) ?? node.id?.name;
  if (name === undefined || (!isClass && !/^[A-Z][a-z]/.test(name)) || node.generator) return null;
  return name.replace(/^_+(?=[A-Z])/, '').replace(/(?<=[a-z])\d+$/, '');
}

const isStaticName = (member: any) => member.static && (member.key?.name === 'name' || member.key?.value === 'name');

function visit(node: any, parent: any, enter: (node: any, parent: any) => void): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, parent, enter);
    return;
  }
  if (node === null || typeof node !== 'object' || typeof node.type !== 'string') return;
  enter(node, parent);
  for (const key of Object.keys(node)) {
    if (key !== 'type' && typeof node[key] === 'object') visit(node[key], node, enter);
  }
}
