import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FeaturesError, SvrTeacher, TEACHER_FEATURES, type TeacherFeature } from '../../src/index.ts';
import { inventedModel, modelBytes } from '../../../../testing/invented-teacher.ts';

type Features = Record<TeacherFeature, number>;

const FRAME: Features = {
  adm2: 0.9,
  motion2: 4,
  vif_scale0: 0.5,
  vif_scale1: 0.75,
  vif_scale2: 0.8125,
  vif_scale3: 0.875,
};

/** The definition, by the platform's own exponential. */
function definition(model: ReturnType<typeof inventedModel>, frame: Features): number {
  const slopes = model['slopes'] as number[];
  const intercepts = model['intercepts'] as number[];
  const names = ['adm2', 'motion2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3'] as const;
  const x = names.map((name, i) => slopes[i + 1]! * frame[name] + intercepts[i + 1]!);
  const vectors = [
    [-4, 0.65, 0.34, 0.09, 0.61, 0.69, 0.73],
    [4, 0.87, 0, 0.59, 0.78, 0.85, 0.89],
    [2.5, 0.9, 0.5, 0.67, 0.86, 0.9, 1],
  ];
  const sum = vectors.reduce((total, [coefficient, ...v]) => {
    const squares = v.reduce((squared, value, i) => squared + (x[i]! - value) ** 2, 0);
    return total + coefficient! * Math.exp(-0.05 * squares);
  }, 1.25);
  return (sum - intercepts[0]!) / slopes[0]!;
}

const read = (changes?: Record<string, unknown>): SvrTeacher =>
  SvrTeacher.read(modelBytes(inventedModel(changes)), 'invented');

describe('an invented teacher', () => {
  // 3 terms of at most 4 · 2^-53, divided by the slope 0.05: 1e-13 is generous
  const TOLERANCE = 1e-11;

  test('predicts the sum over its support vectors, left-out elements being 0', () => {
    const raw = definition(inventedModel(), FRAME);
    expect(Math.abs(read().predict(FRAME, { clip: false }) - raw)).toBeLessThan(TOLERANCE);
  });

  test('clips unless told not to', () => {
    const far = { ...FRAME, motion2: 4000 };
    const low = { ...FRAME, adm2: 0.1 };
    const teacher = read({ intercepts: [-5, -1.5, 0, -0.125, -0.5, -0.75, -1] });
    expect(teacher.predict(far, { clip: false })).toBeGreaterThan(100);
    expect(teacher.predict(far)).toBe(100);
    const dark = read({ intercepts: [9, -1.5, 0, -0.125, -0.5, -0.75, -1] });
    expect(dark.predict(low, { clip: false })).toBeLessThan(0);
    expect(dark.predict(low)).toBe(0);
    expect(read({ score_clip: undefined }).predict(far)).toBe(read().predict(far, { clip: false }));
  });

  test('transforms where it is asked to, or where the file asks, against the score before', () => {
    const raw = read().predict(FRAME, { clip: false });
    const polynomial = 2 + 1.5 * raw - 0.005 * raw * raw;
    expect(polynomial).toBeGreaterThan(raw);
    expect(read().predict(FRAME, { clip: false, transform: true })).toBe(polynomial);
    const falling = { p0: 2, p1: 0.5, p2: 0, enabled: true };
    expect(read({ score_transform: falling }).predict(FRAME, { clip: false })).toBe(2 + 0.5 * raw);
    expect(
      read({ score_transform: { ...falling, out_gte_in: 'true' } }).predict(FRAME, { clip: false }),
    ).toBe(raw);
    expect(
      read({ score_transform: { ...falling, p1: 5, out_lte_in: 'true' } }).predict(FRAME, { clip: false }),
    ).toBe(raw);
    expect(read({ score_transform: falling }).predict(FRAME, { clip: false, transform: false })).toBe(raw);
  });

  test('predicts rows as it predicts frames, whatever the order of features in its file', () => {
    const columns = Object.fromEntries(
      TEACHER_FEATURES.map((name) => [name, Float64Array.of(FRAME[name], FRAME[name] / 2)]),
    ) as Record<TeacherFeature, Float64Array>;
    const half = Object.fromEntries(TEACHER_FEATURES.map((name) => [name, FRAME[name] / 2])) as Features;
    expect([...read().predictRows(columns)]).toEqual([read().predict(FRAME), read().predict(half)]);
    expect(read().features).toEqual([
      'adm2',
      'motion2',
      'vif_scale0',
      'vif_scale1',
      'vif_scale2',
      'vif_scale3',
    ]);
  });

  test('a feature that is NaN makes the score NaN, not a bound', () => {
    expect(read().predict({ ...FRAME, adm2: NaN })).toBeNaN();
  });

  test('says with which limits of the enhancement gain its features are measured', () => {
    expect(read().gainLimits).toEqual({ adm: 100, vif: 100 });
    const vif = { vif_enhn_gain_limit: 1.5 };
    const options = [{ adm_enhn_gain_limit: 1 }, {}, vif, vif, vif, vif];
    expect(read({ feature_opts_dicts: options }).gainLimits).toEqual({ adm: 1, vif: 1.5 });
  });
});

describe('a model file', () => {
  const text = inventedModel()['model'] as string;
  const unsupported: [what: string, changes: Record<string, unknown>, named: RegExp][] = [
    ['other features', { feature_names: ['Cambi_feature_cambi_score'] }, /Cambi_feature_cambi_score/],
    ['float features', { feature_names: ['VMAF_feature_adm2_score'] }, /VMAF_feature_adm2_score/],
    ['another type', { model_type: 'RESIDUEBOOTSTRAP_LIBSVMNUSVR' }, /RESIDUEBOOTSTRAP/],
    ['no rescaling', { norm_type: 'none' }, /norm_type none/],
    ['another kernel', { model: text.replace('rbf', 'linear') }, /kernel_type linear/],
    ['another machine', { model: text.replace('nu_svr', 'c_svc') }, /svm_type c_svc/],
    [
      'options that change a feature',
      { feature_opts_dicts: [{ adm_csf_mode: 2 }, {}, {}, {}, {}, {}] },
      /adm_csf_mode/,
    ],
    [
      'two limits of one gain',
      { feature_opts_dicts: [{}, {}, { vif_enhn_gain_limit: 1 }, {}, {}, {}] },
      /gain of vif/,
    ],
    ['a chroma correction', { chroma_correction_parameter: 120 }, /chroma/],
  ];
  test.each(unsupported)('with %s is refused by name', (_, changes, named) => {
    expect(codeOf(() => read(changes))).toBe('UNSUPPORTED_MODEL');
    expect(() => read(changes)).toThrow(named);
  });

  const invalid: [what: string, changes: Record<string, unknown>][] = [
    ['no features', { feature_names: [] }],
    [
      'a feature twice',
      { feature_names: Array.from({ length: 6 }, () => 'VMAF_integer_feature_adm2_score') },
    ],
    ['a slope too few', { slopes: [1, 1, 1, 1, 1, 1] }],
    ['an intercept that is text', { intercepts: ['0', 0, 0, 0, 0, 0, 0] }],
    ['a score without slope', { slopes: [0, 1, 1, 1, 1, 1, 1] }],
    ['bounds in the wrong order', { score_clip: [100, 0] }],
    ['a bound too few', { score_clip: [0] }],
    ['no machine', { model: undefined }],
    ['a machine without vectors', { model: text.split('SV')[0] }],
    ['fewer vectors than it says', { model: text.replace('total_sv 3', 'total_sv 4') }],
    ['a number that is none', { model: text.replace('0.87', '0x1') }],
    ['a number beyond float64', { model: text.replace('0.87', '1e999') }],
    ['an index beyond its features', { model: text.replace('6:0.89', '7:0.89') }],
    ['an index twice', { model: text.replace('3:0.59', '1:0.59') }],
    ['a header line twice', { model: text.replace('nr_class 2', 'gamma 1') }],
    ['a negative gamma', { model: text.replace('gamma 0.05', 'gamma -1') }],
    ['an option that is text', { feature_opts_dicts: [{ adm_enhn_gain_limit: '1' }, {}, {}, {}, {}, {}] }],
    ['a coefficient that is text', { score_transform: { p0: 'x' } }],
  ];
  test.each(invalid)('with %s is refused', (_, changes) => {
    expect(codeOf(() => read(changes))).toBe('INVALID_MODEL');
  });

  test('that is no document is refused', () => {
    for (const bytes of [
      '',
      '[]',
      '{}',
      '{"model_dict":[]}',
      '{"model_dict":{},"model_dict":{}}',
      '{"__proto__":1}',
    ])
      expect(codeOf(() => SvrTeacher.read(new TextEncoder().encode(bytes)))).toBe('INVALID_MODEL');
  });

  test('cut or with a byte changed is read as a model or refused by a code, never otherwise', () => {
    const bytes = modelBytes(inventedModel());
    for (let i = 0; i < bytes.length; i += 7) {
      const changed = Uint8Array.from(bytes);
      changed[i] = (changed[i] as number) ^ (1 << (i % 7));
      for (const input of [bytes.subarray(0, i), changed]) {
        const code = codeOf(() => SvrTeacher.read(input).predict(FRAME));
        expect([undefined, 'INVALID_MODEL', 'UNSUPPORTED_MODEL']).toContain(code);
      }
    }
  });
});

const SHARED = new URL('../../../../../shared/', import.meta.url);
const V061 = new URL('reference/vmaf_v0.6.1.json', SHARED);
const isThere = existsSync(V061);
if (!isThere) console.log('skipped: ../shared/reference with libvmaf’s model files is absent');

describe.skipIf(!isThere)('libvmaf’s own models', () => {
  const teacher = (name: string): SvrTeacher =>
    SvrTeacher.read(readFileSync(new URL(`reference/${name}.json`, SHARED)), name);
  const readJson = (path: string): unknown => JSON.parse(readFileSync(new URL(path, SHARED), 'utf8'));
  // what two exponentials that differ in the last place amount to, over 211 terms and a slope of 0.012
  const TOLERANCE = 1e-9;

  test('vmaf_v0.6.1 gives what libvmaf gives on every oracle frame', () => {
    const model = teacher('vmaf_v0.6.1');
    let frames = 0;
    for (const file of readdirSync(new URL('oracles/adm/', SHARED)).filter((name) =>
      name.endsWith('.json'),
    )) {
      const oracle = readJson(`oracles/adm/${file}`) as { frames: { features: Features; vmaf: number }[] };
      for (const { features, vmaf } of oracle.frames) {
        expect(Math.abs(model.predict(features) - vmaf)).toBeLessThan(TOLERANCE);
        frames++;
      }
    }
    expect(frames).toBeGreaterThan(100);
  });

  test('vmaf_v0.6.1neg does so on features of limited gain', () => {
    const model = teacher('vmaf_v0.6.1neg');
    expect(model.gainLimits).toEqual({ adm: 1, vif: 1 });
    const oracle = readJson('oracles/neg.json') as { clips: { frames: Record<string, number>[] }[] };
    for (const frame of oracle.clips.flatMap(({ frames }) => frames)) {
      const limited = (name: string): number => frame[`integer_${name}_egl_1`] as number;
      const features = {
        adm2: limited('adm2'),
        motion2: frame['integer_motion2'] as number,
        vif_scale0: limited('vif_scale0'),
        vif_scale1: limited('vif_scale1'),
        vif_scale2: limited('vif_scale2'),
        vif_scale3: limited('vif_scale3'),
      };
      expect(Math.abs(model.predict(features) - (frame['vmaf'] as number))).toBeLessThan(TOLERANCE);
    }
  });

  test('vmaf_v0.6.1 follows libvmaf’s log of a real clip as far as six decimals of the features allow', () => {
    const model = teacher('vmaf_v0.6.1');
    const log = readJson('clips/flower_crf38.libvmaf.json') as {
      frames: { metrics: Record<string, number> }[];
    };
    for (const { metrics } of log.frames) {
      const features = Object.fromEntries(
        TEACHER_FEATURES.map((name) => [name, metrics[`integer_${name}`]]),
      ) as Features;
      // 5e-7 in six features, at most some 200 points per unit each
      expect(Math.abs(model.predict(features) - (metrics['vmaf'] as number))).toBeLessThan(6e-4);
    }
  });

  test('models of VMAF v1 are refused by the features that they need', () => {
    const folder = new URL('reference/vmaf_v1.0.16/', SHARED);
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
      const bytes = readFileSync(new URL(file, folder));
      expect(codeOf(() => SvrTeacher.read(bytes, file))).toBe('UNSUPPORTED_MODEL');
      expect(() => SvrTeacher.read(bytes, file)).toThrow(/cambi.*speed_chroma.*adm3.*motion3/);
    }
  });
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof FeaturesError) return error.code;
    throw error;
  }
}
