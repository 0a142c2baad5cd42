import { expect, test } from 'vitest';
import { RandomStream } from '../src/index.ts';
import { sha256Hex as node } from '../src/sha256-node.ts';
import { sha256Hex as portable } from '../src/sha256-portable.ts';

// NIST FIPS 180-2, appendix B
test.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
])('sha256 of a known text, with Node and without', (text, digest) => {
  expect(node(text)).toBe(digest);
  expect(portable(text)).toBe(digest);
});

test('both agree on bytes of every length around a block, views and other alphabets', () => {
  const random = new RandomStream(1, 'drawing', 0);
  const bytes = Uint8Array.from({ length: 300 }, () => random.below(256));
  for (let length = 0; length < 200; length++) {
    const view = bytes.subarray(length % 7, (length % 7) + length);
    expect(portable(view)).toBe(node(view));
  }
  for (const text of ['ż', '\ud83d\ude00', '\ud800 alone']) expect(portable(text)).toBe(node(text));
});
