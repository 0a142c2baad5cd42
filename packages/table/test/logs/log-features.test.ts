import { describe, expect, test } from 'vitest';
import { completeFeatures, featuresOf } from '../../src/logs/log-features.ts';
import { readVmafLog } from '../../src/logs/log-file.ts';
import { TableError } from '../../src/errors.ts';
import { type VmafLog } from '../../src/logs/vmaf-log.ts';

/** A log of two frames with these values, `null` where libvmaf could not compute one. */
function logOf(metrics: Readonly<Record<string, readonly (number | null)[]>>): Promise<VmafLog> {
  const frames = [0, 1].map((row) => ({
    frameNum: row,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, values]) => [name, values[row]])),
  }));
  return readVmafLog(Buffer.from(JSON.stringify({ frames })));
}

function refusal(log: VmafLog, features: readonly string[]): string {
  try {
    featuresOf(log, features);
  } catch (error) {
    if (error instanceof TableError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('expected a refusal');
}

test('a feature is found under each of the spellings of libvmaf', async () => {
  const spellings = [
    'adm2',
    'integer_adm2',
    'VMAF_feature_adm2_score',
    'VMAF_integer_feature_adm2_score',
    "'VMAF_integer_feature_adm2_score'",
  ];
  for (const spelling of spellings) {
    const log = await logOf({ [spelling]: [0.5, 0.25] });
    expect([spelling, ...featuresOf(log, ['adm2'])]).toEqual([spelling, 0.5, 0.25]);
  }
});

test('other metrics keep their names', async () => {
  const log = await logOf({ float_ssim: [1, 2], psnr_hvs: [3, 4], ciede2000: [5, 6], vmaf_neg: [7, 8] });
  expect([...featuresOf(log, ['vmaf_neg', 'float_ssim'])]).toEqual([7, 1, 8, 2]);
  expect(completeFeatures(log)).toEqual(['float_ssim', 'psnr_hvs', 'ciede2000', 'vmaf_neg']);
});

describe('everything that is wrong is named at once', () => {
  test('what is missing, with what is like it', async () => {
    const log = await logOf({ integer_adm2: [1, 1], integer_vif_scale0: [1, 1], vmfa: [1, 1] });
    expect(refusal(log, ['adm2', 'vif_scale1', 'vmaf', 'motion2'])).toMatch(
      /^MISSING_METRIC: .*no vif_scale1 \(it has vif_scale0\), no vmaf \(it has vmfa\), no motion2;/,
    );
  });

  test('a metric measured with other options is another metric', async () => {
    const log = await logOf({ integer_adm2_egl_1: [1, 1] }); // of vmaf_v0.6.1neg
    expect(refusal(log, ['adm2'])).toMatch(/^MISSING_METRIC: .*no adm2 \(it has integer_adm2_egl_1\)/);
  });

  test('what is there twice, unless asked for by its own spelling', async () => {
    const log = await logOf({ adm2: [1, 1], integer_adm2: [2, 2] });
    expect(refusal(log, ['adm2', 'vmaf'])).toMatch(
      /^MISSING_METRIC: .*no vmaf.*; adm2 is in it as adm2 and as integer_adm2/,
    );
    expect(refusal(log, ['adm2'])).toMatch(/^AMBIGUOUS_METRIC/);
    expect([...featuresOf(log, ['integer_adm2'])]).toEqual([2, 2]);
    expect(completeFeatures(log)).toEqual([]);
  });

  test('what has no finite value in some frames', async () => {
    const log = await logOf({ adm2: [1, null], vmaf: [null, null], psnr_y: [null, 1] });
    expect(refusal(log, ['adm2', 'vmaf'])).toMatch(
      /^INVALID_VALUES: .*adm2 has no finite value in 1 frame \(first 1\), vmaf has no finite value in 2 frames \(first 0, 1\)/,
    );
    expect(completeFeatures(log)).toEqual([]);
  });

  test('nan and inf of libvmaf in XML, CSV and old JSON, and a metric that a frame does not have', async () => {
    for (const text of [
      '<VMAF><frames><frame frameNum="0" adm2="-nan" /><frame frameNum="1" adm2="1" /></frames></VMAF>',
      '<VMAF><frames><frame frameNum="0" vmaf="1" /><frame frameNum="1" adm2="1" /></frames></VMAF>',
      'Frame,adm2,\n0,inf,\n1,1,\n',
      '{"frames": [{"frameNum": 0, "metrics": {"adm2": -inf}}, {"frameNum": 1, "metrics": {"adm2": 1}}]}',
      '{"frames": [{"frameNum": 0, "metrics": {"adm2": 1e999}}, {"frameNum": 1, "metrics": {"adm2": 1}}]}',
    ]) {
      const log = await readVmafLog(Buffer.from(text));
      expect(refusal(log, ['adm2'])).toMatch(/^INVALID_VALUES: .*1 frame \(first 0\)/);
    }
  });
});
