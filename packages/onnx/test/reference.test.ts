import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { scanModel } from '../src/scan.ts';
import { assertServable } from '../src/servable.ts';
import { checkModel } from '../src/check.ts';
import { decodeModel, encodeModel } from '../src/codec.ts';
import { REFERENCE_OPS, REGRESSOR_OPS } from '../src/ops.ts';
import { stripModel } from '../src/strip.ts';
import { run } from './ort.ts';
import type { Feeds } from './ort.ts';

/** The fork's shipped models, which are not ours to redistribute. */
const folder = fileURLToPath(new URL('../../../../shared/reference/', import.meta.url));
const present = existsSync(folder);
if (!present) console.log(`skipped: ${folder} is absent, so the reference's own models are not tested`);

/** ImageNet-normalised R = 3x + 5y, G = 7x + 2y, B = x + 11y (mod 256), `shift` added before the modulus. */
function pattern(side: number, shift: number): Float32Array {
  const slopes = [
    [3, 5, 0.485, 0.229],
    [7, 2, 0.456, 0.224],
    [1, 11, 0.406, 0.225],
  ] as const;
  return Float32Array.from(
    slopes.flatMap(([dx, dy, mean, std]) =>
      Array.from({ length: side * side }, (_, index) => {
        const level = (dx * (index % side) + dy * Math.floor(index / side) + shift) % 256;
        return (level / 255 - mean) / std;
      }),
    ),
  );
}

describe.skipIf(!present)("the reference's models", () => {
  test('lpips_sq.onnx: leaks metadata; stripped and re-encoded it scores the same', async () => {
    const bytes = readFileSync(join(folder, 'lpips_sq.onnx'));
    assertServable(bytes, REFERENCE_OPS);
    const findings = scanModel(bytes, { ops: REFERENCE_OPS });
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['UNSTRIPPED']));
    expect(findings.filter(({ path }) => /node\[\d+\]\.metadata_props/.test(path))).toHaveLength(1132);

    const stripped = stripModel(bytes);
    expect(Buffer.from(stripped).includes('/home/')).toBe(false);
    expect(scanModel(stripped, { ops: REFERENCE_OPS })).toEqual([]);
    const model = decodeModel(bytes);
    const canonical = encodeModel(model);
    expect(Buffer.compare(encodeModel(decodeModel(stripped)), canonical)).toBe(0);
    expect(checkModel(model)).toEqual([]);

    const feeds: Feeds = {
      ref: [pattern(64, 0), [1, 3, 64, 64]],
      dist: [pattern(64, 16), [1, 3, 64, 64]],
    };
    const scores = await run(bytes, feeds);
    // ONNX Runtime 1.30 CPU (Python) on the same pattern; the tensor is made in float64 here, in float32 there.
    expect(scores[0]).toBeCloseTo(0.07361801, 6);
    expect(await run(stripped, feeds)).toEqual(scores);
    expect(await run(canonical, feeds)).toEqual(scores);
  });

  test('fr_regressor_v1.onnx: refused for its external data; stripped it scores the same', async () => {
    const path = join(folder, 'fr_regressor_v1.onnx');
    const bytes = readFileSync(path);
    expect(() => assertServable(bytes, REGRESSOR_OPS)).toThrow(/EXTERNAL_DATA/);
    expect(() => decodeModel(bytes)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
    const codes = scanModel(bytes, { ops: REGRESSOR_OPS }).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(['EXTERNAL_DATA', 'UNSTRIPPED']));

    const temporary = mkdtempSync(join(tmpdir(), 'vqforge-'));
    try {
      const stripped = stripModel(bytes);
      expect(new Set(scanModel(stripped, { ops: REGRESSOR_OPS }).map(({ code }) => code))).toEqual(
        new Set(['EXTERNAL_DATA']),
      );
      writeFileSync(join(temporary, 'fr_regressor_v1.onnx'), stripped);
      copyFileSync(`${path}.data`, join(temporary, 'fr_regressor_v1.onnx.data'));
      const feeds: Feeds = { features: [new Float32Array(12).fill(1, 6), [2, 6]] };
      const scores = await run(path, feeds);
      expect([...scores].map((score) => score.toFixed(4))).toEqual(['60.3320', '103.9207']);
      expect(await run(join(temporary, 'fr_regressor_v1.onnx'), feeds)).toEqual(scores);
    } finally {
      rmSync(temporary, { recursive: true });
    }
  });
});
