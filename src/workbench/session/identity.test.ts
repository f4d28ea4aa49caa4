import { expect, test } from 'vitest';
import { identityOf } from './identity.ts';

test('neighbouring roots look different, whatever number of requests each of them causes', () => {
  for (let step = 1; step <= 12; step++) {
    const looks = Array.from({ length: 200 }, (_, n) => identityOf(1 + n * step));
    for (let n = 1; n < looks.length; n++) expect(looks[n]).not.toEqual(looks[n - 1]);
    expect(new Set(looks.map((look) => look.shape)).size).toBe(4);
    expect(new Set(looks.map((look) => look.tint)).size).toBe(6);
  }
});
