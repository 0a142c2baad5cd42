import { expect, it } from 'vitest';
import { kernelSums, plainSums } from './plain-differences.ts';
import { randomClip } from './random-clips.ts';

// `npm run test:features` compares 2,000 more, up to 400 × 400
it.each(Array.from({ length: 40 }, (_, i) => i + 1))('equals the definition on random clip %i', (seed) => {
  const clip = randomClip(seed, 72);
  expect(kernelSums(clip), `${clip.kind} ${clip.width}×${clip.height} ${clip.bitDepth} bits`).toEqual(
    plainSums(clip),
  );
});
