import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatSidecar, parseSidecar } from '@vqforge/artifact';
import { canonicalJson, sha256 } from '@vqforge/base';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { errorLine, runCommands, type Outcome } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { wideRegressor } from '../../../testing/wide-regressor.ts';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
/** Registries that attack; see the README there. */
const HOSTILE = fileURLToPath(new URL('hostile/', import.meta.url));
const ID = 'fr_regressor_v1';

let root: string;
let tiny: string;

/** The pinned regressor alone. */
beforeEach(async () => {
  root = await temporaryFolder();
  tiny = join(root, 'model/tiny');
  await copyOf(`model/tiny/${ID}.onnx`, `model/tiny/${ID}.json`, 'model/tiny/registry.json');
});

async function copyOf(...files: string[]): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await cp(join(REPOSITORY, file), join(root, file));
  }
}

/** Changes some keys of the model's entry in the registry. */
async function editEntry(change: object): Promise<void> {
  const path = join(tiny, 'registry.json');
  const registry = JSON.parse(await readFile(path, 'utf8')) as { models: { id: string }[] };
  const models = registry.models.map((entry) => (entry.id === ID ? { ...entry, ...change } : entry));
  await writeFile(path, JSON.stringify({ ...registry, models }));
}

async function run(...args: string[]): Promise<Outcome> {
  const [outcome] = await runCommands([args]);
  return outcome!;
}

/** A log of one frame with the six features. */
async function writeLog(folder: string): Promise<string> {
  const path = join(folder, 'log.json');
  const metrics = {
    integer_adm2: 0.95,
    integer_vif_scale0: 0.6,
    integer_vif_scale1: 0.9,
    integer_vif_scale2: 0.93,
    integer_vif_scale3: 0.95,
    integer_motion2: 4,
  };
  await writeFile(path, JSON.stringify({ version: '3', fps: 1, frames: [{ frameNum: 0, metrics }] }));
  return path;
}

const findings = ({ stdout }: Outcome): string[] =>
  (JSON.parse(stdout) as { findings: { severity: string; code: string; file: string }[] }).findings.map(
    ({ severity, code, file }) => `${severity} ${code} ${file}`,
  );

const errors = (outcome: Outcome): string[] => findings(outcome).filter((line) => line.startsWith('error'));

describe('a requirement holds whatever else an entry says', () => {
  let key: string;
  beforeAll(async () => {
    key = join(await temporaryFolder(), 'k.pem');
    await run('registry', 'keygen', '--out', key);
  });

  test('a smoke model without a sidecar is not excused from its signature', async () => {
    const registry = ['--registry', join(HOSTILE, 'smoke')];
    const outcome = await run(
      'registry',
      'verify',
      ...registry,
      '--json',
      '--require-signature',
      '--key',
      `${key}.pub`,
    );
    expect(outcome.code).toBe(1);
    expect(errors(outcome)).toContain('error MISSING_SIGNATURE fr_regressor_v1.onnx');
  });

  test('nor by the policy of an audit', async () => {
    await rm(tiny, { recursive: true });
    await cp(join(HOSTILE, 'smoke'), tiny, { recursive: true });
    const policy = join(root, 'policy.json');
    await writeFile(policy, '{"require":["signature"]}');
    const outcome = await run('audit', '--root', root, '--policy', policy, '--key', `${key}.pub`, '--json');
    expect(outcome.code).toBe(1);
    expect(errors(outcome)).toContain('error MISSING_SIGNATURE model/tiny/fr_regressor_v1.onnx');
  });
});

describe('what loading accepts is what verify accepts', () => {
  const scoring = async (model: string): Promise<Outcome> =>
    run('score', '--tiny-model', model, '--features-from', await writeLog(root));

  test('the pinned model scores the log, so that what is refused below is the model', async () => {
    expect(await scoring(join(tiny, `${ID}.onnx`))).toMatchObject({ code: 0 });
  });

  test.each(['unpinned', 'sc_range_rev', 'smoke', 'score2n'])('%s is refused by both', async (name) => {
    const folder = join(HOSTILE, name);
    const before = await listing(folder);
    const verified = await run('registry', 'verify', '--registry', folder, '--json');
    expect([verified.code, errors(verified)[0]]).toEqual([
      1,
      expect.stringMatching(/UNPINNED_ENTRY|BAD_SIDECAR|FORBIDDEN_MODEL/),
    ]);
    for (const flags of [[], ['--allow-unregistered']]) {
      const scored = await run(
        'score',
        '--tiny-model',
        join(folder, `${ID}.onnx`),
        '--features-from',
        await writeLog(root),
        ...flags,
      );
      expect([scored.code, scored.stdout]).toEqual([expect.not.stringMatching('0'), '']);
      expect(errorLine(scored)).not.toBe('');
    }
    expect(await listing(folder)).toEqual(before);
  });

  test.each([
    ['size', { size_bytes: 1 }],
    ['kind', { kind: 'nr' }],
    ['opset', { opset: 18 }],
    ['no size', { size_bytes: undefined }],
  ])('an entry of another %s is refused by both', async (_, change) => {
    await editEntry(change);
    expect((await run('registry', 'verify', ID, '--registry', tiny)).code).toBe(1);
    expect((await scoring(join(tiny, `${ID}.onnx`))).code).toBe(1);
  });
});

describe('a graph whose memory is not bounded by its input', () => {
  async function registryOf(width: number): Promise<string> {
    const folder = await temporaryFolder();
    const onnx = wideRegressor(width);
    const pinned = parseSidecar(await readFile(join(tiny, `${ID}.json`)));
    const sidecar = formatSidecar({ ...pinned, sha256: sha256(onnx) });
    await writeFile(join(folder, `${ID}.onnx`), onnx);
    await writeFile(join(folder, `${ID}.json`), sidecar);
    const entry = {
      id: ID,
      kind: 'fr',
      onnx: `${ID}.onnx`,
      sha256: sha256(onnx),
      sidecar_sha256: sha256(Buffer.from(sidecar)),
      size_bytes: onnx.length,
    };
    await writeFile(join(folder, 'registry.json'), JSON.stringify({ schema_version: 2, models: [entry] }));
    return folder;
  }

  test('is refused when verified, scored and imported; one that stays small is not', async () => {
    const [small, large] = [await registryOf(64), await registryOf(20_000)];
    const here = await temporaryFolder();
    const both = async (folder: string): Promise<Outcome[]> => [
      await run('registry', 'verify', '--registry', folder),
      await run('registry', 'import', ID, '--from', folder, '--registry', here),
    ];
    expect((await both(small)).map(({ code }) => code)).toEqual([0, 0]);
    const [verified, imported] = await both(large);
    expect([verified!.code, imported!.code]).toEqual([1, 1]);
    expect(verified!.stdout).toContain('UNBOUNDED');
    const scored = await run(
      'score',
      '--tiny-model',
      join(large, `${ID}.onnx`),
      '--features-from',
      await writeLog(root),
    );
    expect([scored.code, scored.stdout]).toEqual([1, '']);
    expect(errorLine(scored)).toContain('UNBOUNDED');
  });
});

test('every file below model/ is seen, whatever its case or first letter', async () => {
  const strays = [
    'tiny/.evil.onnx',
    'tiny/EVIL.ONNX',
    'tiny/deep/x.Onnx',
    '.evil.onnx',
    'other/.registry-x.onnx',
  ];
  for (const name of strays) {
    await mkdir(dirname(join(root, 'model', name)), { recursive: true });
    await writeFile(join(root, 'model', name), 'x');
  }
  const audited = await run('audit', '--root', root, '--json');
  expect(errors(audited).filter((line) => line.includes('UNREGISTERED_FILE'))).toEqual(
    strays.map((name) => `error UNREGISTERED_FILE model/${name}`).sort(),
  );
  const verified = await run('registry', 'verify', '--registry', tiny, '--json');
  expect(errors(verified)).toEqual([
    'error UNREGISTERED_FILE .evil.onnx',
    'error UNREGISTERED_FILE EVIL.ONNX',
    'error UNREGISTERED_FILE deep/x.Onnx',
  ]);
});

describe('false metrics that agree with each other', () => {
  const METRICS = `runs/${ID}/metrics.json`;
  interface Metrics {
    artifacts: Record<string, string>;
    loso: { per_fold: Record<string, { plcc: number; rmse: number }>; summary: Record<string, number> };
    run_provenance: { outputs: Record<string, { sha256: string }> };
  }

  /** Better folds in the metrics, the sidecar and the registry. */
  beforeEach(async () => {
    await copyOf(METRICS, `runs/${ID}/predictions.parquet`);
    const metrics = JSON.parse(await readFile(join(root, METRICS), 'utf8')) as Metrics;
    const { per_fold: folds, summary } = metrics.loso;
    for (const fold of Object.values(folds)) Object.assign(fold, { plcc: 0.99999, rmse: fold.rmse / 10 });
    const [rmse, deviation] = [summary['mean_rmse'], summary['std_rmse']] as [number, number];
    Object.assign(summary, {
      mean_plcc: 0.99999,
      std_plcc: 0,
      mean_rmse: rmse / 10,
      std_rmse: deviation / 10,
    });
    const path = join(tiny, `${ID}.json`);
    const sidecar = JSON.parse(await readFile(path, 'utf8')) as { training: object };
    Object.assign(sidecar.training, {
      loso_mean_plcc: 0.99999,
      loso_std_plcc: 0,
      loso_mean_rmse: rmse / 10,
    });
    const text = canonicalJson(sidecar as never);
    await writeFile(path, text);
    Object.assign(metrics.artifacts, { sidecar: sha256(text) });
    Object.assign(metrics.run_provenance.outputs['sidecar'] ?? {}, { sha256: sha256(text) });
    await writeFile(join(root, METRICS), canonicalJson(metrics as never));
    await editEntry({ sidecar_sha256: sha256(text) });
  });

  test('audit makes them again from the predictions', async () => {
    expect(new Set(errors(await run('audit', '--root', root, '--json')))).toEqual(
      new Set([`error METRICS_UNTRUE ${METRICS}`]),
    );
  });

  test('registry sign refuses, and signs nothing', async () => {
    const key = join(root, 'k.pem');
    const before = await listing(tiny);
    const [, refused] = await runCommands([
      ['registry', 'keygen', '--out', key],
      ['registry', 'sign', ID, '--registry', tiny, '--key', key],
    ]);
    expect(refused!.code).toBe(1);
    expect(refused!.stderr).toContain(`error    METRICS_UNTRUE ${METRICS}`);
    expect(refused!.stderr).toContain('is not signed');
    expect(await listing(tiny)).toStrictEqual(before);
  });
});

test('a signature bundle has one spelling', async () => {
  const key = join(root, 'k.pem');
  await runCommands([
    ['registry', 'keygen', '--out', key],
    ['registry', 'sign', ID, '--registry', tiny, '--key', key],
  ]);
  const path = join(tiny, `${ID}.onnx.sigstore.json`);
  const text = await readFile(path, 'utf8');
  const verify = (): Promise<Outcome> =>
    run('registry', 'verify', ID, '--registry', tiny, '--key', `${key}.pub`);
  expect((await verify()).code).toBe(0);
  const shorter = text.replace(/,\s*"timestampVerificationData": \{[^}]*\}/, '');
  expect(shorter).not.toBe(text);
  await writeFile(path, shorter);
  const changed = await verify();
  expect([changed.code, changed.stdout]).toEqual([1, expect.stringContaining('BAD_BUNDLE')]);
});
