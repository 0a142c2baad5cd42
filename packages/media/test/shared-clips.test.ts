import { existsSync } from 'node:fs';
import { openTensorSets } from '@vqforge/media/node';
import { expect, test } from 'vitest';
import { openVideo } from '../src/open-video.ts';
import { MEAN, oracle, STD } from './oracle.ts';

const CLIPS = new URL('../../../../shared/clips/', import.meta.url);
const PAIRS = [
  { reference: 'bunny_ref', distorted: 'bunny_crf34', frames: 24 },
  { reference: 'flower_ref', distorted: 'flower_crf38', frames: 24 },
  { reference: 'flower_ref_10bit', distorted: 'flower_crf38_10bit', frames: 6 },
];
const isThere = existsSync(CLIPS);
if (!isThere) console.log(`skipped: no clips at ${CLIPS.pathname}`);

/** The oracle takes its time. */
const SUBSAMPLE = 6;

test.runIf(isThere).each(PAIRS)('tensors of $distorted equal float64 arithmetic', async (pair) => {
  const [reference, distorted] = [pair.reference, pair.distorted].map(
    (name) => new URL(`${name}.y4m`, CLIPS).pathname,
  );
  const clips = await openTensorSets({
    reference: reference as string,
    distorted: [distorted as string],
    subsample: SUBSAMPLE,
  });
  const videos = await Promise.all([reference, distorted].map((path) => openVideo({ path: path as string })));
  let sets = 0;
  let differing = 0;
  let values = 0;
  for await (const set of clips.sets()) {
    for (const [at, tensor] of [set.reference, set.distorted].entries()) {
      let frame = await videos[at]!.read();
      while (frame !== null && frame.index < set.index) frame = await videos[at]!.read();
      expect(frame?.index).toBe(set.index);
      oracle(frame!, 'bt709', 'limited').forEach((value, position) => {
        const channel = position % 3;
        const code = Math.floor(Math.min(Math.max(value, 0), 255) + 0.5);
        const expected = Math.fround((code / 255 - MEAN[channel]!) / STD[channel]!);
        if (tensor[(channel * tensor.length) / 3 + Math.floor(position / 3)] !== expected) differing++;
        values++;
      });
    }
    sets++;
  }
  await Promise.all(videos.map((video) => video.close()));
  expect(sets).toBe(Math.ceil(pair.frames / SUBSAMPLE));
  // six digits of the coefficients put a value within 1e-4 of a half on its other side: 2e-6 of all, measured
  expect(differing / values).toBeLessThan(1e-5);
});
