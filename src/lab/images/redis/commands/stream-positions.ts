/** How far a group is in its stream: `entries-read` and `lag`, which Redis knows only while no deletion blurs them. */
import { type Group, ID_MIN, type StreamId, type StreamValue } from '../stream.ts';

function hasDeletionFrom(stream: StreamValue, start: StreamId): boolean {
  return stream.size > 0 && stream.maxDeletedId !== ID_MIN && start <= stream.maxDeletedId;
}

/** Entries ever added up to this id; null when that cannot be told. */
export function distanceTo(stream: StreamValue, id: StreamId): bigint | null {
  const { entriesAdded, lastId, maxDeletedId } = stream;
  if (entriesAdded === 0n) return 0n;
  if (stream.size === 0 && id <= lastId) return entriesAdded;
  if (id !== ID_MIN && id < maxDeletedId) return null;
  if (id === lastId) return entriesAdded;
  if (id > lastId) return null;
  const { firstId } = stream;
  if (maxDeletedId === ID_MIN || maxDeletedId < firstId) {
    if (id < firstId) return entriesAdded - BigInt(stream.size);
    if (id === firstId) return entriesAdded - BigInt(stream.size) + 1n;
  }
  return null;
}

/** The group's `entries-read` after it was given the entry. */
export function passedBy(stream: StreamValue, group: Group, id: StreamId): bigint | null {
  if (group.entriesRead !== null && !hasDeletionFrom(stream, id)) return group.entriesRead + 1n;
  return stream.entriesAdded > 0n ? distanceTo(stream, id) : group.entriesRead;
}

export function lagOf(stream: StreamValue, group: Group): bigint | null {
  if (stream.entriesAdded === 0n) return 0n;
  if (group.entriesRead !== null && !hasDeletionFrom(stream, group.lastId))
    return stream.entriesAdded - group.entriesRead;
  const read = distanceTo(stream, group.lastId);
  return read === null ? null : stream.entriesAdded - read;
}
