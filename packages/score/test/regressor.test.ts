import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sidecar } from '@vqforge/artifact';
import { scoreText } from '@vqforge/score';
import { openModel } from '@vqforge/runtime/node';
import { loadFeatureTable, writeFeatureTable } from '@vqforge/table';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryRoot } from '../../../testing/workspace.ts';
import { column, score, writeClip, writeLpips } from './clips.ts';

/** The regressor is shipped: every clone has it. */
const REGISTRY = fileURLToPath(new URL('../../../model/tiny/', import.meta.url));
const CLIPS = fileURLToPath(new URL('../../../../shared/clips/', import.meta.url));
const hasClips = existsSync(CLIPS);
if (!hasClips) console.warn(`skipped: scores of libvmaf's own logs: none in ${CLIPS}`);

const ORDER = ['adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2'];
/** Within the features of training, of a good and of a bad frame, and far beyond both. */
const ROWS = [
  [0.98, 0.8, 0.95, 0.97, 0.98, 4],
  [0.7, 0.3, 0.6, 0.7, 0.8, 8],
  [2, 3, 3, 3, 3, 0],
  [0.95, 0.6, 0.9, 0.94, 0.96, 5],
];

let folder: string;
let log: string;

beforeAll(async () => {
  folder = await temporaryRoot();
  log = join(folder, 'log.json');
  await writeFile(log, vmafLog());
});

/** As libvmaf writes it, with its names. */
function vmafLog(): string {
  const names = ORDER.map((name) => `integer_${name}`);
  const frames = ROWS.map((row, frameNum) => ({
    frameNum,
    metrics: Object.fromEntries(names.map((name, at) => [name, row[at]])),
  }));
  return JSON.stringify({ version: '3.0.0', fps: 1, frames, pooled_metrics: {}, aggregate_metrics: {} });
}

/** Standardised in float64 and run once: what training and its export did. */
async function direct(rows: readonly (readonly number[])[]): Promise<number[]> {
  const model = await openModel({ registry: REGISTRY, model: 'fr_regressor_v1', threads: 1 });
  const sidecar = model.sidecar as Extract<Sidecar, { task: 'feature_regression' }>;
  expect(sidecar.feature_order).toEqual(ORDER);
  const data = Float32Array.from(
    rows.flatMap((row) =>
      row.map((value, at) => (value - sidecar.feature_mean[at]!) / sidecar.feature_std[at]!),
    ),
  );
  const { score: answer } = await model.run({
    features: { type: 'float32', dims: [rows.length, ORDER.length], data },
  });
  await model.close();
  return Array.from(answer?.data as Float32Array, (value) => Number(value.toPrecision(9)));
}

test('a log gives what the model answers for its features, which its graph clips; frames out of range are counted', async () => {
  const result = await score({ registry: REGISTRY, featuresFrom: [log] });
  const scores = await direct(ROWS);
  expect(column(result, 'fr_regressor_v1')).toEqual(scores);
  expect(scores[2]).toBe(100);
  expect(Object.keys(result.document.pooled_metrics)).toEqual(['fr_regressor_v1']);
  expect(result.document).toMatchObject({
    features_from: [log],
    models: [
      {
        id: 'fr_regressor_v1',
        kind: 'fr-regressor',
        provider: 'cpu',
      },
    ],
  });
  // the second row lies beyond the table, the third beyond the probes too
  expect(result.document.models[0]).toMatchObject({ out_of_range_frames: 2, beyond_probes_frames: 1 });
  expect(result.document.frames.map(({ trust }) => trust)).toStrictEqual(
    ['table', 'probes', 'beyond', 'table'].map((where) => ({ fr_regressor_v1: where })),
  );
  // logs of libvmaf hold numbers alone
  for (const format of ['csv', 'xml'] as const)
    expect(scoreText(result.document, format)).not.toMatch(/trust|[",]beyond[",]/);
  expect(result.document.models[0]).not.toHaveProperty('clipped_frames');
});

test('a feature table without a teacher gives the same, with the clip of each row', async () => {
  const path = join(folder, 'table.parquet');
  await writeFeatureTable({
    path,
    batches: [
      [
        { name: 'source', type: 'string', values: ROWS.map((_, row) => (row < 2 ? 'A' : 'B')) },
        { name: 'frame_index', type: 'int32', values: ROWS.map((_, row) => row % 2) },
        ...ORDER.map((name, at) => ({
          name,
          type: 'float64' as const,
          values: ROWS.map((row) => row[at] as number),
        })),
      ],
    ],
  });
  const result = await score({ registry: REGISTRY, tinyModel: 'fr_regressor_v1', featuresFrom: [path] });
  expect(column(result, 'fr_regressor_v1')).toEqual(await direct(ROWS));
  expect(result.document.frames.map(({ frameNum, source }) => [frameNum, source])).toEqual([
    [0, 'A'],
    [1, 'A'],
    [0, 'B'],
    [1, 'B'],
  ]);
  expect(scoreText(result.document, 'csv')).toMatch(/^Frame,source,fr_regressor_v1,\n0,A,/);
});

test('frames are counted and subsampled by their numbers', async () => {
  const selection = { skipReference: 0, skipDistorted: 0, subsample: 2, count: 4 };
  const result = await score({ registry: REGISTRY, featuresFrom: [log], selection });
  expect(result.document.frames.map(({ frameNum }) => frameNum)).toEqual([0, 2]);
});

describe('beside LPIPS', () => {
  let clips: { reference: string; distorted: string[]; lpips: { modelPath: string } };
  beforeAll(async () => {
    clips = {
      reference: await writeClip(join(folder, 'ref.y4m'), { frames: 4 }),
      distorted: [await writeClip(join(folder, 'dist.y4m'), { frames: 4, seed: 3 })],
      lpips: { modelPath: await writeLpips(folder) },
    };
  });

  test('each frame has both', async () => {
    const { document } = await score({ ...clips, registry: REGISTRY, featuresFrom: [log] });
    expect(document.frames.map(({ metrics }) => Object.keys(metrics))).toEqual(
      ROWS.map(() => ['lpips', 'fr_regressor_v1']),
    );
    expect(Object.keys(document.pooled_metrics)).toHaveLength(2);
  });

  test('the vmaf program measures each rendition, with the frames that were chosen', async () => {
    const vmafProgram = join(folder, 'vmaf.mjs');
    // a program that answers with the log, and writes down how it was asked
    await writeFile(
      vmafProgram,
      `#!${process.execPath}
      import { appendFileSync, copyFileSync } from 'node:fs';
      const args = process.argv.slice(2);
      appendFileSync(${JSON.stringify(`${vmafProgram}.asked`)}, JSON.stringify(args) + '\\n');
      copyFileSync(${JSON.stringify(log)}, args[args.indexOf('--output') + 1]);`,
      { mode: 0o755 },
    );
    const [distorted] = clips.distorted as [string];
    const { document } = await score({
      reference: clips.reference,
      distorted: [distorted, distorted],
      registry: REGISTRY,
      vmafProgram,
      selection: { skipReference: 1, skipDistorted: 1, subsample: 1, count: 3 },
    });
    const asked = readFileSync(`${vmafProgram}.asked`, 'utf8').trim().split('\n');
    expect(asked).toHaveLength(2);
    const args = JSON.parse(asked[0] as string) as string[];
    for (const [flag, value] of [
      ['--reference', clips.reference],
      ['--distorted', distorted],
      ['--model', 'version=vmaf_v0.6.1'],
      ['--frame_cnt', '3'],
      ['--frame_skip_ref', '1'],
    ])
      expect(args[args.indexOf(flag as string) + 1]).toBe(value);
    expect(document.features_from).toEqual([vmafProgram]);
    expect(document.frames).toHaveLength(3);
    expect(Object.keys(document.pooled_metrics)).toEqual(['fr_regressor_v1_0', 'fr_regressor_v1_1']);
  });

  test('a log of fewer frames, or of another number of clips, is refused', async () => {
    const longer = await writeClip(join(folder, 'longer.y4m'), { frames: 5 });
    const request = { ...clips, registry: REGISTRY };
    await expect(
      score({ ...request, reference: longer, distorted: [longer], featuresFrom: [log] }),
    ).rejects.toMatchObject({ code: 'MISSING_FEATURES' });
    await expect(score({ ...request, featuresFrom: [log, log] })).rejects.toMatchObject({
      code: 'MISSING_FEATURES',
    });
  });
});

test('a regressor without features, and two LPIPS models, are refused', async () => {
  await expect(score({ registry: REGISTRY, tinyModel: 'fr_regressor_v1' })).rejects.toMatchObject({
    code: 'MISSING_FEATURES',
  });
  const tinyModel = await writeLpips(folder);
  const reference = await writeClip(join(folder, 'two models.y4m'));
  await expect(
    score({
      registry: REGISTRY,
      reference,
      distorted: [reference],
      tinyModel,
      lpips: { modelPath: tinyModel },
    }),
  ).rejects.toMatchObject({ code: 'TWO_MODELS' });
});

test.skipIf(!hasClips)(
  "libvmaf's logs give what a table of their values gives, whatever their format",
  async () => {
    const text = readFileSync(join(CLIPS, 'flower_crf38.libvmaf.json'), 'utf8');
    const { frames } = JSON.parse(text) as { frames: { metrics: Record<string, number> }[] };
    const path = join(folder, 'flower.parquet');
    const values = (name: string): number[] =>
      frames.map(({ metrics }) => metrics[`integer_${name}`] as number);
    await writeFeatureTable({
      path,
      batches: [
        [
          { name: 'source', type: 'string', values: frames.map(() => 'flower') },
          { name: 'frame_index', type: 'int32', values: frames.map((_, at) => at) },
          { name: 'vmaf', type: 'float64', values: frames.map(({ metrics }) => metrics['vmaf'] as number) },
          ...ORDER.map((name) => ({ name, type: 'float64' as const, values: values(name) })),
        ],
      ],
    });
    // the rows as training reads them
    const table = await loadFeatureTable({ paths: [path], features: 'canonical6' });
    const rows = frames.map((_, row) => ORDER.map((name) => table.columns.get(name)?.[row] as number));
    const expected = await direct(rows);
    for (const source of [
      path,
      ...['json', 'xml', 'csv'].map((format) => join(CLIPS, `flower_crf38.libvmaf.${format}`)),
    ]) {
      const result = await score({ registry: REGISTRY, featuresFrom: [source] });
      expect(column(result, 'fr_regressor_v1')).toEqual(expected);
    }
    // the student of vmaf_v0.6.1: 0.004 from it when written, on a clip it never saw
    const teacher = frames.map(({ metrics }) => metrics['vmaf'] as number);
    expect(Math.max(...teacher.map((vmaf, at) => Math.abs(vmaf - expected[at]!)))).toBeLessThan(0.05);
  },
);
