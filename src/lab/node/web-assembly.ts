/**
 * WebAssembly for one process: undici's HTTP parser is compiled to it. Modules compile at once, also behind `compile`
 * and `instantiate`, whose promises are the process's. Shared memory is refused: there is nobody to share it with.
 * Part of the full built-ins.
 */
const { Module, Instance, Global, Table, CompileError, LinkError, RuntimeError, validate } = __host.WebAssembly;

class Memory extends __host.WebAssembly.Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    if (descriptor?.shared) throw new RangeError('Shared WebAssembly memory is not part of the lab.');
    super(descriptor);
  }
}

async function compile(bytes: BufferSource): Promise<WebAssembly.Module> {
  return new Module(bytes);
}

async function instantiate(source: any, imports?: WebAssembly.Imports): Promise<any> {
  if (source instanceof Module) return new Instance(source, imports);
  const module = new Module(source);
  return { module, instance: new Instance(module, imports) };
}

const wasm = {
  Module,
  Instance,
  Memory,
  Global,
  Table,
  CompileError,
  LinkError,
  RuntimeError,
  validate,
  compile,
  instantiate,
};
for (const name of Object.keys(wasm)) Object.defineProperty(wasm, name, { enumerable: false });
Object.defineProperty(wasm, Symbol.toStringTag, { value: 'WebAssembly', configurable: true });
export const processWebAssembly = wasm;
