import { describe, expect, test } from 'vitest';
import { HostFiles, Volume } from './files.ts';

const text = (value: string) => new TextEncoder().encode(value);

describe('a volume', () => {
  test('outlives the host that wrote to it, and its other files do not', () => {
    const volume = new Volume();
    const first = new HostFiles({}, () => 1);
    first.mount('/var/lib/data', volume);
    first.write('/var/lib/data/base/1', text('kept'));
    first.write('/var/lib/other', text('gone'));
    const second = new HostFiles({}, () => 2);
    second.mount('/var/lib/data/', volume);
    expect(second.readText('/var/lib/data/base/1')).toBe('kept');
    expect(second.list('/var/lib/data')).toEqual(['base']);
    expect(second.paths()).toEqual(['/var/lib/data/base/1']);
    expect(second.read('/var/lib/other')).toBeNull();
  });

  test('is seen at once by every host that mounts it', () => {
    const volume = new Volume();
    const [a, b] = [new HostFiles({}, () => 1), new HostFiles({}, () => 1)];
    a.mount('/shared', volume);
    b.mount('/mnt/x', volume);
    a.append('/shared/log', text('one '));
    b.append('/mnt/x/log', text('two'));
    expect(a.readText('/shared/log')).toBe('one two');
    expect(b.remove('/mnt/x/log')).toBe(true);
    expect(a.stat('/shared/log')).toBeNull();
  });

  test('that is empty takes over what the image has in the folder; one that is not, hides it', () => {
    const volume = new Volume();
    const image = { '/data/default.conf': 'from the image', '/database': 'not below it' };
    const first = new HostFiles(image, () => 1);
    first.mount('/data', volume);
    first.write('/data/default.conf', text('changed'));
    const second = new HostFiles(image, () => 1);
    second.mount('/data', volume);
    expect(second.readText('/data/default.conf')).toBe('changed');
    expect(second.readText('/database')).toBe('not below it');
    expect(second.paths().sort()).toEqual(['/data/default.conf', '/database']);
  });
});

test('a file read earlier does not change when more is appended', () => {
  const files = new HostFiles({ '/log': 'a' }, () => 1);
  const before = files.read('/log')!;
  for (let i = 0; i < 1000; i++) files.append('/log', text('b'));
  expect(before).toEqual(text('a'));
  expect(files.stat('/log')!.size).toBe(1001);
  files.rename('/log', '/old/log');
  expect(files.readText('/old/log')!.length).toBe(1001);
  expect(files.read('/log')).toBeNull();
});
