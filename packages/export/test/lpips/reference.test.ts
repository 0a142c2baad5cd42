import { existsSync, readFileSync } from 'node:fs';
import { parseSidecar } from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import { scanModel, LPIPS_OPS } from '@vqforge/onnx';
import { describe, expect, test } from 'vitest';
import { lpipsModel } from '../../src/lpips/lpips-model.ts';
import { PINNED_LPIPS } from '../../src/lpips/contract.ts';
import { flat, noise, shaken, type Image } from './helpers/images.ts';
import { openScorer, scoreOf } from './helpers/scorer.ts';
import { havePaths, readShared, sharedWeights, SQUEEZE_FILES } from './helpers/shared-files.ts';
import { readFrame } from './helpers/y4m.ts';

const REFERENCE = 'reference/lpips_sq.onnx';
const CLIPS = ['flower_crf28', 'flower_crf38', 'bunny_crf34'];
const clipOf = (name: string): string => `clips/${name}.y4m`;
const clips = [...CLIPS, 'flower_ref', 'bunny_ref'].map(clipOf);

/** Real and synthetic pairs, real ones first. */
function pairs(): [ref: Image, dist: Image][] {
  const real = CLIPS.flatMap((name) => {
    const ref = readShared(clipOf(`${name.split('_')[0]}_ref`));
    const dist = readShared(clipOf(name));
    return [0, 3].map((frame): [Image, Image] => [readFrame(ref, frame), readFrame(dist, frame)]);
  });
  const sizes = [
    [17, 17],
    [17, 64],
    [33, 19],
    [127, 65],
    [64, 64],
    [101, 31],
  ] as const;
  const generated = sizes.flatMap(([width, height], seed) => {
    const image = noise(width, height, seed);
    return [image, shaken(image, 8, seed), flat(width, height, 40 * seed)].map((dist): [Image, Image] => [
      image,
      dist,
    ]);
  });
  return [...real, ...generated, [flat(64, 64, 0), flat(64, 64, 255)], [flat(64, 64, 0), flat(64, 64, 1)]];
}

describe.skipIf(!havePaths('the reference model', [REFERENCE, ...SQUEEZE_FILES, ...clips]))(
  'the reference model',
  () => {
    test('gives the same scores', async () => {
      const ours = await openScorer(lpipsModel(sharedWeights('squeeze', SQUEEZE_FILES)));
      const reference = await openScorer(readShared(REFERENCE));
      const all = pairs();
      expect(all.length).toBeGreaterThanOrEqual(20);
      for (const [ref, dist] of all) {
        // float32 rounding of two orders of summation; the scores are at most about 1
        expect(
          Math.abs((await scoreOf(ours, ref, dist)) - (await scoreOf(reference, ref, dist))),
        ).toBeLessThanOrEqual(1e-6);
      }
    });
  },
);

describe.skipIf(!havePaths('the files of the pinned graphs', SQUEEZE_FILES))(
  'the files of the pinned graphs',
  () => {
    const models = (): Uint8Array[] => {
      const weights = sharedWeights('squeeze', SQUEEZE_FILES);
      return PINNED_LPIPS.map(({ maps }) => lpipsModel({ ...weights, maps }));
    };

    test('are the same from a zip, a legacy pickle and safetensors', () => {
      const digests = ['.pth', '.legacy.pth', '.safetensors'].map((ending) =>
        sha256(
          lpipsModel(
            sharedWeights('squeeze', [`weights/squeezenet1_1_features${ending}`, SQUEEZE_FILES[1] as string]),
          ),
        ),
      );
      expect(new Set(digests).size).toBe(1);
    });

    test('have at most 2.95 MB, nothing unstripped, and no text but names', () => {
      for (const model of models()) {
        expect(model.length).toBeLessThanOrEqual(2_950_000);
        expect(scanModel(model, { ops: LPIPS_OPS })).toEqual([]);
      }
    });

    test('have the digests of the sidecars in model/', () => {
      for (const [index, { file }] of PINNED_LPIPS.entries()) {
        const sidecar = new URL(`../../../../model/tiny/${file.replace('.onnx', '.json')}`, import.meta.url);
        expect(existsSync(sidecar)).toBe(true);
        expect(parseSidecar(readFileSync(sidecar)).sha256).toBe(sha256(models()[index] as Uint8Array));
      }
    });
  },
);
