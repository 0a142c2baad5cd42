import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { toPatch } from '../src/patch.ts';
import { noise } from './sets.ts';

/** Digests of `Image.frombytes('RGB', (side, side), noise).resize((64, 64), Image.BILINEAR).tobytes()`, Pillow 12.3.0. */
test.each([
  [256, 1, '011a5d428659e4054559a10ff2327384d50811487904912322c10e8eadf434bb'],
  [252, 2, 'a5843897f6b3eabced4975307f03a75fabce54a22b2c941049a26b91b25d2bce'],
  [100, 3, '4f685b0fc80eac306481d928c9082ed2f6f474247acb65472af9ece0901187b7'],
  [65, 4, '0ac45eea681c87aeddf76f47740470e76e38edf636a0ff157cdc86985fea9533'],
  [128, 5, '4e66eeff04e501bc399971adceba37e6a4b45c6b1791e1c63303fb9b8561505b'],
  [64, 6, 'd926214e7a2a1b27fb3741449347632ae259c4d8489e41c387af8ea5b9f66775'],
])('bilinear from a side of %i is that of Pillow, byte for byte', (side, seed, digest) => {
  const patch = toPatch(noise(3 * side * side, seed), side, 'bilinear');
  expect(createHash('sha256').update(patch).digest('hex')).toBe(digest);
});

/** Every pixel of a patch as a block of `times` × `times`. */
function blowUp(patch: Uint8Array, times: number): Uint8Array {
  const side = 64 * times;
  return Uint8Array.from({ length: 3 * side * side }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % side, Math.floor(at / 3 / side)];
    return patch[3 * (64 * Math.floor(y / times) + Math.floor(x / times)) + (at % 3)] as number;
  });
}

test('decimation takes the blown-up patch back; bilinear smears it', () => {
  const patch = noise(3 * 64 * 64, 7);
  const picture = blowUp(patch, 4);
  expect(Buffer.compare(toPatch(picture, 256, 'decimate'), patch)).toBe(0);
  expect(Buffer.compare(toPatch(picture, 256, 'bilinear'), patch)).not.toBe(0);
});

test('bilinear from a blow-up is that of Pillow too, though it is computed from the patch', () => {
  // Image.frombytes('RGB', (64, 64), noise).resize((256, 256), Image.NEAREST).resize((64, 64), Image.BILINEAR)
  const patch = toPatch(blowUp(noise(3 * 64 * 64, 9), 4), 256, 'bilinear');
  expect(createHash('sha256').update(patch).digest('hex')).toBe(
    '1a09aac440645e967bc59b02420e5ed17c425bb37183a951e9218a3bc6a32f15',
  );
});

test.each([
  ['of another size', blowUp(noise(3 * 64 * 64, 8), 2), 128],
  ['that is no blow-up', blowUp(noise(3 * 64 * 64, 8), 4).fill(9, 6, 7), 256],
])('decimation of a picture %s is bilinear', (_name, picture, side) => {
  expect(toPatch(picture, side, 'decimate')).toEqual(toPatch(picture, side, 'bilinear'));
});
