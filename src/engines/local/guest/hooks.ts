/**
 * What happens to files while Node loads them: the program tells when its top level has ended, and TypeScript that the
 * engine has compiled is taken as the JavaScript it is. Nodes before 22.15 load this file itself in a thread of its own
 * (`module.register`); later ones run the same in place (`module.registerHooks`, preload.ts).
 */
import type { MessagePort } from 'node:worker_threads';

export interface HookData {
  /** No file of it is the program. */
  readonly isProbe: boolean;
  /** `.ts` files hold JavaScript. */
  readonly isCompiled: boolean;
}

interface Context {
  readonly format?: string | null | undefined;
}

interface Loaded {
  readonly format?: string | null | undefined;
  readonly source?: string | ArrayBuffer | NodeJS.ArrayBufferView | null | undefined;
}

/** Runs when the top level of the program has ended. */
const LOADED = "\n;globalThis[Symbol.for('loadbearing.loaded')]();\n";

export class Loading {
  private readonly isCompiled: boolean;
  private isMainSeen: boolean;
  private readonly onOther: () => void;

  /** `onOther`: the program is no text that something could be added to. */
  constructor({ isProbe, isCompiled }: HookData, onOther: () => void) {
    this.isMainSeen = isProbe;
    this.isCompiled = isCompiled;
    this.onOther = onOther;
  }

  /** Before a file is read. */
  before<C extends Context>(url: string, context: C): C {
    return this.isCompiled && isTypeScript(url) ? { ...context, format: 'module' } : context;
  }

  /** After it was read. The first file that is loaded is the program. */
  after<L extends Loaded>(url: string, loaded: L): L {
    if (this.isMainSeen || !url.startsWith('file:')) return loaded;
    this.isMainSeen = true;
    const { source } = loaded;
    if (source === null || source === undefined) {
      this.onOther();
      return loaded;
    }
    const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString();
    return { ...loaded, source: text + LOADED };
  }
}

function isTypeScript(url: string): boolean {
  return url.startsWith('file:') && /\.m?ts$/.test(url.replace(/[?#].*$/, '')) && !url.includes('/node_modules/');
}

let loading: Loading | null = null;

/** Called by Node with the data of `module.register`. */
export function initialize({ data, port }: { readonly data: HookData; readonly port: MessagePort }): void {
  loading = new Loading(data, () => port.postMessage('loaded'));
}

/** Called by Node for each module. */
export async function load(
  url: string,
  context: Context,
  next: (url: string, context: Context) => Promise<Loaded>,
): Promise<Loaded> {
  if (loading === null) return next(url, context);
  return loading.after(url, await next(url, loading.before(url, context)));
}
