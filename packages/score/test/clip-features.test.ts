import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { truncate, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '@vqforge/base';
import { SvrTeacher } from '@vqforge/features';
import { extractFeatures } from '@vqforge/features/node';
import { scoreText } from '@vqforge/score';
import { beforeAll, describe, expect, test } from 'vitest';
import { inventedModel, modelBytes } from '../../../testing/invented-teacher.ts';
import { temporaryRoot } from '../../../testing/workspace.ts';
import { column, score, writeClip, writeLpips } from './clips.ts';

/** The regressor is shipped: every clone has it. */
const REGISTRY = fileURLToPath(new URL('../../../model/tiny/', import.meta.url));
const CLIPS = fileURLToPath(new URL('../../../../shared/clips/', import.meta.url));
const hasClips = existsSync(CLIPS);
if (!hasClips) console.warn(`skipped: scores of real clips against libvmaf's logs: none in ${CLIPS}`);

let folder: string;
let reference: string;
let distorted: string;

beforeAll(async () => {
  folder = await temporaryRoot();
  reference = await writeClip(join(folder, 'ref.y4m'), { frames: 6 });
  distorted = await writeClip(join(folder, 'dist.y4m'), { frames: 6, seed: 4 });
});

function teacher(changes: Readonly<Record<string, unknown>> = {}): {
  teacher: SvrTeacher;
  model: string;
  sha256: string;
} {
  const bytes = modelBytes(inventedModel(changes));
  return { teacher: SvrTeacher.read(bytes), model: 'invented', sha256: sha256(bytes) };
}

/** The features of every frame, under their short names. */
async function features(options = {}): Promise<Record<string, number>[]> {
  const rows: Record<string, number>[] = [];
  for await (const { motion, renditions } of extractFeatures({
    reference,
    distorted: [distorted],
    ...options,
  })) {
    const { vif, adm, psnr } = renditions[0]!;
    rows.push({
      adm2: adm.adm2,
      ...Object.fromEntries(vif.scales.map((scale, at) => [`vif_scale${at}`, scale.score])),
      motion2: motion.motion2,
      ...(psnr === undefined ? {} : { psnr_y: psnr.y, psnr_cb: psnr.cb!, psnr_cr: psnr.cr! }),
    });
  }
  return rows;
}

test('two clips and no flag give the score of the regressor for the features that they have', async () => {
  const { document } = await score({ reference, distorted: [distorted], registry: REGISTRY });
  expect(document).toMatchObject({
    partial: false,
    features: { by: 'vqforge', motion: 'v3.2' },
    models: [{ id: 'fr_regressor_v1' }],
    renditions: [{ metric: 'fr_regressor_v1', path: distorted, width: 48, height: 40 }],
  });
  expect(document.colour).toBeUndefined();
  expect(column({ document }, 'fr_regressor_v1')).toHaveLength(6);
});

test('teachers are named as libvmaf names them, and answer for their own features', async () => {
  const neg = teacher({
    feature_opts_dicts: ['adm2', 'motion2', 'vif', 'vif', 'vif', 'vif'].map((name) =>
      name === 'adm2' ? { adm_enhn_gain_limit: 1 } : name === 'vif' ? { vif_enhn_gain_limit: 1 } : {},
    ),
  });
  expect(neg.teacher.gainLimits).toEqual({ adm: 1, vif: 1 });
  const result = await score({
    reference,
    distorted: [distorted],
    registry: REGISTRY,
    psnr: true,
    teachers: [
      { ...teacher(), name: 'vmaf' },
      { ...teacher(), name: 'unclipped', disableClip: true, enableTransform: true },
      { ...neg, name: 'vmaf_neg' },
    ],
  });
  const rows = (await features({ psnr: true })) as never[];
  const negRows = (await features({ vifGainLimit: 1, admGainLimit: 1 })) as never[];
  const nine = (value: number): number => Number(value.toPrecision(9));
  const own = teacher().teacher;
  expect(column(result, 'vmaf')).toEqual(rows.map((row) => nine(own.predict(row))));
  expect(column(result, 'unclipped')).toEqual(
    rows.map((row) => nine(own.predict(row, { clip: false, transform: true }))),
  );
  expect(column(result, 'vmaf_neg')).toEqual(negRows.map((row) => nine(neg.teacher.predict(row))));
  for (const plane of ['psnr_y', 'psnr_cb', 'psnr_cr'])
    expect(column(result, plane)).toEqual(rows.map((row) => nine(row[plane])));
  expect(result.document.teachers?.map(({ name, gain_limits: limits }) => [name, limits.vif])).toEqual([
    ['vmaf', 100],
    ['unclipped', 100],
    ['vmaf_neg', 1],
  ]);
  expect(scoreText(result.document, 'csv').split('\n')[0]).toContain(
    ',vmaf,unclipped,vmaf_neg,psnr_y,psnr_cb,psnr_cr,',
  );
  expect(scoreText(result.document, 'xml')).toContain('<teacher name="vmaf_neg" model="invented"');
});

test('a ladder is measured once and named by rendition', async () => {
  const { document } = await score({
    reference,
    distorted: [distorted, reference],
    registry: REGISTRY,
    teachers: [{ ...teacher(), name: 'vmaf' }],
    featureThreads: 2,
  });
  const alone = await score({ reference, distorted: [distorted], registry: REGISTRY });
  expect(column({ document }, 'fr_regressor_v1_0')).toEqual(column(alone, 'fr_regressor_v1'));
  expect(Object.keys(document.pooled_metrics)).toEqual(
    expect.arrayContaining(['fr_regressor_v1_0', 'fr_regressor_v1_1', 'vmaf_0', 'vmaf_1']),
  );
  expect(document.renditions?.map(({ metric }) => metric)).toEqual([
    'fr_regressor_v1_0',
    'fr_regressor_v1_1',
  ]);
});

test('a choice of frames holds for features, teachers and LPIPS alike', async () => {
  const lpips = { modelPath: await writeLpips(folder) };
  const request = { reference, distorted: [distorted], registry: REGISTRY, lpips };
  const teachers = [{ ...teacher(), name: 'vmaf' }];
  const all = await score({ ...request, teachers });
  const selection = { skipReference: 0, skipDistorted: 0, subsample: 2, count: 5 };
  const some = await score({ ...request, teachers, selection });
  expect(some.document.frames.map(({ frameNum }) => frameNum)).toEqual([0, 2, 4]);
  for (const metric of ['lpips', 'vmaf', 'fr_regressor_v1'])
    // the last frame of a shorter clip has a motion of its own
    expect(column(some, metric).slice(0, 2)).toEqual([0, 2].map((frame) => column(all, metric)[frame]));
});

describe('what cannot be measured', () => {
  test.each([
    ['small sides', { width: 32, height: 32 }, 'TOO_SMALL'],
    ['another size', { width: 50 }, 'MISMATCH'],
    ['no frame', { frames: 0 }, 'NO_FRAMES'],
  ] as const)('%s: a coded error, no document', async (name, format, code) => {
    const path = await writeClip(join(folder, `${name}.y4m`), format);
    const against = code === 'TOO_SMALL' ? path : reference;
    await expect(score({ reference: against, distorted: [path], registry: REGISTRY })).rejects.toMatchObject({
      code,
    });
  });

  test('another bit depth: LPIPS is scored, the regressor is left out and named', async () => {
    const tenBits = await writeClip(join(folder, 'ten.y4m'), { frames: 6, bitDepth: 10, seed: 4 });
    const request = { reference, distorted: [tenBits], registry: REGISTRY };
    const { document } = await score({ ...request, lpips: { modelPath: await writeLpips(folder) } });
    expect(Object.keys(document.pooled_metrics)).toEqual(['lpips']);
    expect(document.warnings?.[0]).toMatch(/^fr_regressor_v1 is not scored: .*10 bits.*8/);
    await expect(score(request)).rejects.toMatchObject({ code: 'MISMATCH' });
    await expect(score({ ...request, tinyModel: 'fr_regressor_v1' })).rejects.toMatchObject({
      code: 'MISMATCH',
    });
  });

  test('a clip that is cut gives what was whole, marked, in every column', async () => {
    const cut = await writeClip(join(folder, 'cut.y4m'), { frames: 6, seed: 4 });
    await truncate(cut, (await stat(cut)).size - 1);
    const { document, failure } = await score({
      reference,
      distorted: [cut],
      registry: REGISTRY,
      lpips: { modelPath: await writeLpips(folder) },
      teachers: [{ ...teacher(), name: 'vmaf' }],
    });
    expect(failure?.code).toBe('TRUNCATED');
    expect(document.frames).toHaveLength(5);
    expect(document.frames.every(({ metrics }) => Object.values(metrics).every(Number.isFinite))).toBe(true);
  });

  test('a pipe, or images, for what needs clips', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(
      score({
        reference: pipe,
        distorted: [distorted],
        registry: REGISTRY,
        lpips: { modelPath: await writeLpips(folder) },
        psnr: true,
      }),
    ).rejects.toMatchObject({ code: 'READ_ONCE' });
    await expect(
      score({ reference, distorted: [], registry: REGISTRY, teachers: [{ ...teacher(), name: 'vmaf' }] }),
    ).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});

test.skipIf(!hasClips).each([
  ['flower_ref.y4m', 'flower_crf38'],
  ['flower_ref_10bit.y4m', 'flower_crf38_10bit'],
  ['bunny_ref.y4m', 'bunny_crf34'],
])("%s and %s: the regressor's scores are those of libvmaf's log", async (ref, name) => {
  const clips = { reference: join(CLIPS, ref), distorted: [join(CLIPS, `${name}.y4m`)] };
  const measured = await score({ ...clips, registry: REGISTRY });
  const logged = await score({ registry: REGISTRY, featuresFrom: [join(CLIPS, `${name}.libvmaf.json`)] });
  const differences = column(measured, 'fr_regressor_v1').map((value, frame) =>
    Math.abs(value - (column(logged, 'fr_regressor_v1')[frame] as number)),
  );
  // the log's features have six decimals: an error of 5e-7 in each of six, times the regressor's slopes of up to some hundred
  // points per unit
  expect(Math.max(...differences)).toBeLessThan(5e-4);
});
