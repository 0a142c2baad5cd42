import { expect, test } from 'vitest';
import { decodeBase64, encodeBase64, RandomStream } from '../src/index.ts';

test('agrees with Node on bytes of every length', () => {
  const random = new RandomStream(1, 'drawing', 0);
  for (const length of [0, 1, 2, 3, 4, 5, 63, 8191, 8192, 8193, 20_000]) {
    const bytes = Uint8Array.from({ length }, () => random.below(256));
    const text = Buffer.from(bytes).toString('base64');
    expect(encodeBase64(bytes)).toBe(text);
    expect(decodeBase64(text)).toEqual(bytes);
  }
});

test.each(['A', 'AA', 'AQI', 'AQJ=', 'AQI=\n', ' AQI=', 'AQ==AQ==', 'AQ-_', '====', 'A===', 'ąQI='])(
  'refuses %j, which another text spells',
  (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  },
);
