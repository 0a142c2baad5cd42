import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scoreText, type ScoreDocument } from '@vqforge/score';
import { readVmafLog } from '@vqforge/table';
import { describe, expect, test } from 'vitest';
import { poolScores } from '../src/metric-columns.ts';
import { scoreDocument } from '../src/score-document.ts';

const CLIPS = fileURLToPath(new URL('../../../../shared/clips/', import.meta.url));
const hasLogs = existsSync(CLIPS);
if (!hasLogs) console.warn(`skipped: libvmaf's own pooled values: no logs in ${CLIPS}`);

describe('pooling', () => {
  test('of values whose answers are known', () => {
    // percentiles: numpy.percentile([4, 1, 3, 10, 2], [1, 5, 10, 50, 90, 95, 99]), NumPy 2
    expect(poolScores([4, 1, 3, 10, 2])).toEqual({
      min: 1,
      max: 10,
      mean: 4,
      harmonic_mean: 5 / (1 / 5 + 1 / 2 + 1 / 4 + 1 / 11 + 1 / 3) - 1,
      p1: 1.04,
      p5: 1.2,
      p10: 1.4,
      p50: 3,
      p90: expect.closeTo(7.6, 12),
      p95: expect.closeTo(8.8, 12),
      p99: expect.closeTo(9.76, 12),
    });
    expect(poolScores([0])).toMatchObject({ min: 0, p1: 0, p99: 0, harmonic_mean: 0 });
  });

  test('has no harmonic mean at −1 and below', () => {
    expect(poolScores([3, -1]).harmonic_mean).toBeNull();
    expect(poolScores([3, -2]).harmonic_mean).toBeNull();
  });

  test.skipIf(!hasLogs)('agrees with what libvmaf pooled of the same frames', () => {
    const log = JSON.parse(readFileSync(join(CLIPS, 'flower_crf38.libvmaf.json'), 'utf8')) as ScoreDocument;
    const names = Object.keys(log.pooled_metrics);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const pooled = poolScores(log.frames.map(({ metrics }) => metrics[name] as number));
      const expected = log.pooled_metrics[name]!;
      for (const key of ['min', 'max', 'mean', 'harmonic_mean'] as const)
        // the log prints six digits, of frames and of pooled values
        expect([name, key, Math.abs(pooled[key]! - expected[key]!) < 2e-6]).toEqual([name, key, true]);
    }
  });
});

const model = { id: 'm', kind: 'lpips', sha256: 'ab', provider: 'cpu' } as const;

function document(error?: { code: string; message: string }): ScoreDocument {
  return scoreDocument({
    version: '0.1.0',
    seconds: 0.5,
    ...(error === undefined ? {} : { error }),
    reference: {
      path: 'a "b" <c> & d\u0001\n.y4m',
      width: 8,
      height: 6,
      bit_depth: 8,
      chroma: '420',
      range: 'limited',
      matrix: 'bt709',
      frame_rate: null,
    },
    models: [
      { ...model, metrics: ['lpips_0', 'lpips_1'] },
      { ...model, kind: 'fr-regressor', metrics: ['vmaf'], clipped_frames: 1, out_of_range_frames: 0 },
    ],
    frames: [
      { frameNum: 0, metrics: { lpips_0: Math.fround(0.1), lpips_1: 1e-9, vmaf: 100 } },
      { frameNum: 4, metrics: { lpips_0: 0.25, lpips_1: 0, vmaf: 31.5 } },
    ],
  });
}

describe('formats', () => {
  test("all three are libvmaf's, with the same values", async () => {
    const logs = await Promise.all(
      (['json', 'xml', 'csv'] as const).map((format) =>
        readVmafLog(Buffer.from(scoreText(document(), format))),
      ),
    );
    expect(logs.map(({ format }) => format)).toEqual(['json', 'xml', 'csv']);
    for (const { frames, metrics } of logs) {
      expect([...frames]).toEqual([0, 4]);
      expect(Object.fromEntries([...metrics].map(([name, values]) => [name, [...values]]))).toEqual({
        lpips_0: [0.100000001, 0.25],
        lpips_1: [1e-9, 0],
        vmaf: [100, 31.5],
      });
    }
  });

  test('JSON has the shape of libvmaf, and says what was scored by what', () => {
    const parsed = JSON.parse(scoreText(document(), 'json')) as ScoreDocument;
    expect(Object.keys(parsed)).toEqual([
      'version',
      'fps',
      'partial',
      'reference',
      'models',
      'frames',
      'pooled_metrics',
      'aggregate_metrics',
    ]);
    expect(parsed).toMatchObject({ version: '0.1.0', fps: 4, partial: false, aggregate_metrics: {} });
    expect(Object.keys(parsed.pooled_metrics['vmaf']!).slice(0, 4)).toEqual([
      'min',
      'max',
      'mean',
      'harmonic_mean',
    ]);
    expect(parsed.models[1]).toMatchObject({ clipped_frames: 1 });
  });

  test('a partial document says so in every format', () => {
    const partial = document({ code: 'TRUNCATED', message: 'd.y4m ends\ninside frame 2' });
    expect(JSON.parse(scoreText(partial, 'json'))).toMatchObject({
      partial: true,
      error: { code: 'TRUNCATED' },
    });
    expect(scoreText(partial, 'xml')).toMatch(
      /^<VMAF version="0.1.0" partial="true">[^]*<error code="TRUNCATED"/,
    );
    expect(scoreText(partial, 'csv')).toMatch(/\n# partial: TRUNCATED: d\.y4m ends inside frame 2\n$/);
  });

  test('names from outside stay data', () => {
    expect(scoreText(document(), 'xml')).toContain('path="a &quot;b&quot; &lt;c&gt; &amp; d\ufffd&#10;.y4m"');
    const { frames, ...rest } = document();
    const named = { ...rest, frames: frames.map((frame) => ({ ...frame, source: 'a,"b"' })) };
    expect(scoreText(named, 'csv').split('\n')[1]).toMatch(/^0,"a,""b""",0\.1/);
  });
});
