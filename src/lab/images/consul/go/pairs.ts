/** Checks of metadata, as the agent does them. */

const PAIRS_MAX = 64;
const KEY_MAX = 128;
const VALUE_MAX = 512;

/** What is wrong with the pairs, or null. Source: agent/structs/structs.go, validateMetadata. */
export function metadataProblem(meta: Readonly<Record<string, string>> | null): string | null {
  const pairs = Object.entries(meta ?? {});
  if (pairs.length > PAIRS_MAX) return `Node metadata cannot contain more than ${PAIRS_MAX} key/value pairs`;
  for (const [key, value] of pairs) {
    const problem =
      key === ''
        ? 'Key cannot be blank'
        : !/^[a-zA-Z0-9_-]+$/.test(key)
          ? 'Key contains invalid characters'
          : key.length > KEY_MAX
            ? `Key is too long (limit: ${KEY_MAX} characters)`
            : key.startsWith('consul-')
              ? `Key prefix 'consul-' is reserved for internal use`
              : value.length > VALUE_MAX
                ? `Value is too long (limit: ${VALUE_MAX} characters)`
                : null;
    if (problem !== null) return `Couldn't load metadata pair ('${key}', '${value}'): ${problem}`;
  }
  return null;
}
