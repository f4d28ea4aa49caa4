/** The tables of HPACK: the static one (RFC 7541 Appendix A) followed by a dynamic one of each direction (§2.3). */

export type Field = readonly [name: string, value: string];

const STATIC: readonly Field[] = (
  ':authority|:method=GET|:method=POST|:path=/|:path=/index.html|:scheme=http|:scheme=https|:status=200|:status=204|' +
  ':status=206|:status=304|:status=400|:status=404|:status=500|accept-charset|accept-encoding=gzip, deflate|' +
  'accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control|' +
  'content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type|' +
  'cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|' +
  'last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|' +
  'server|set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate'
)
  .split('|')
  .map((entry) => {
    const at = entry.indexOf('=');
    return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
  });

const staticByName = new Map<string, number>();
const staticByField = new Map<string, number>();
STATIC.forEach(([name, value], i) => {
  if (!staticByName.has(name)) staticByName.set(name, i + 1);
  staticByField.set(`${name}\0${value}`, i + 1);
});

/** RFC 7541 §4.1 */
export const sizeOf = (name: string, value: string) => name.length + value.length + 32;

export class Table {
  /** Bytes of the entries, by RFC 7541 §4.1. */
  size = 0;
  maxSize: number;
  /** Newest first: index 62 is entries[0]. */
  private readonly entries: Field[] = [];

  constructor(maxSize = 4096) {
    this.maxSize = maxSize;
  }

  get(index: number): Field | undefined {
    return index <= STATIC.length ? STATIC[index - 1] : this.entries[index - STATIC.length - 1];
  }

  add(name: string, value: string): void {
    const size = sizeOf(name, value);
    this.evict(this.maxSize - size);
    if (size > this.maxSize) return;
    this.entries.unshift([name, value]);
    this.size += size;
  }

  resize(maxSize: number): void {
    this.maxSize = maxSize;
    this.evict(maxSize);
  }

  private evict(room: number): void {
    while (this.entries.length > 0 && this.size > room) {
      const [name, value] = this.entries.pop()!;
      this.size -= sizeOf(name, value);
    }
  }

  /** Index of the whole field, or else of a field with that name as a negative number, or 0. */
  find(name: string, value: string): number {
    const exact = staticByField.get(`${name}\0${value}`);
    if (exact !== undefined) return exact;
    let byName = staticByName.get(name) ?? 0;
    for (let i = 0; i < this.entries.length; i++) {
      const [otherName, otherValue] = this.entries[i]!;
      if (otherName !== name) continue;
      if (otherValue === value) return STATIC.length + 1 + i;
      if (byName === 0) byName = STATIC.length + 1 + i;
    }
    return -byName;
  }
}
