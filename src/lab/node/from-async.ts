/** Array.fromAsync on the process's promises. Source: ECMAScript 2026 §23.1.2.2. */
export async function fromAsync(this: any, items: any, map?: any, self?: any): Promise<any> {
  if (map !== undefined && typeof map !== 'function') throw new TypeError(`${String(map)} is not a function`);
  const isClass = typeof this === 'function';
  const isIterable = items[Symbol.asyncIterator] != null || items[Symbol.iterator] != null;
  const result: any = isClass ? (isIterable ? new this() : new this(items.length >>> 0)) : [];
  let at = 0;
  const add = async (value: any) => {
    const mapped = map === undefined ? value : await map.call(self, value, at);
    Object.defineProperty(result, at++, { value: mapped, writable: true, enumerable: true, configurable: true });
  };
  if (isIterable) for await (const value of items) await add(value);
  else for (let i = 0; i < items.length >>> 0; i++) await add(await items[i]);
  result.length = at;
  return result;
}
