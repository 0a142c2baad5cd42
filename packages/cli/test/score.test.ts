import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ScoreDocument } from '@vqforge/score';
import { featureFlag } from '../src/feature-flag.ts';
import { CLIP, rawClip, writeLpips, y4mClip } from './clips.ts';
import { errorLine, MAIN, type Outcome, runCommand, runCommands, runShared } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';

const MODELS = fileURLToPath(new URL('../../../model/tiny/', import.meta.url));

let folder: string;
let model: string;
let clips: string[];

beforeAll(async () => {
  folder = await temporaryFolder();
  model = await writeLpips(folder);
  for (const [name, noise] of Object.entries({ ref: 0, good: 5, bad: 40 })) {
    await writeFile(join(folder, `${name}.y4m`), y4mClip(noise));
    await writeFile(join(folder, `${name}.yuv`), rawClip(noise));
  }
  await writeFile(join(folder, 'short.y4m'), y4mClip(5, { ...CLIP, frames: 3 }));
  clips = ['--reference', join(folder, 'ref.y4m'), '--distorted', join(folder, 'bad.y4m')];
});

const score = (...args: string[]): string[] => ['score', ...args, '--allow-unregistered', '--threads', '1'];

function parsed({ code, stdout, stderr }: Outcome): ScoreDocument {
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ScoreDocument;
}

describe('--feature', () => {
  test.each([
    ['lpips', {}],
    ['lpips:', {}],
    ['lpips:model_path=m.onnx', { modelPath: 'm.onnx' }],
    ['lpips=model_path=m.onnx', { modelPath: 'm.onnx' }],
    ['lpips=model_path=C:\\models\\a=b.onnx', { modelPath: 'C:\\models\\a=b.onnx' }],
    ['lpips:model_path=', {}],
  ])('%s', (text, flag) => {
    expect(featureFlag(text)).toEqual([{ name: 'lpips', ...flag }]);
  });

  test.each([
    'psnr:x=1',
    'cambi',
    '',
    '=model_path=x',
    'lpips:path=x',
    'lpips:model_path=x:y=z',
    'lpips:model_path',
  ])('not %s', (text) => {
    expect(() => featureFlag(text)).toThrow(/lpips/);
  });
});

test("the model is that of the flags in each spelling, else the environment's, and the clips may be raw", async () => {
  const feature = ['--feature', `lpips=model_path=${model}`];
  const raw = ['-r', join(folder, 'ref.yuv'), '-d', join(folder, 'bad.yuv'), '-w', '48', '--height', '40'];
  const outcomes = await runCommands(
    [
      [...clips, ...feature],
      [...clips, '--feature', `lpips:model_path=${model}`],
      [...clips, '--feature', 'lpips', '--feature_params', `lpips:model_path=${model}`],
      [...clips, '--tiny-model', model],
      [...raw, '-p', '420', '-b', '8', ...feature],
    ].map((args) => score(...args)),
  );
  const documents = outcomes.map(parsed);
  const [{ frames, pooled_metrics, models }] = documents as [ScoreDocument];
  expect(frames).toHaveLength(CLIP.frames);
  expect(pooled_metrics['lpips']?.mean).toBeGreaterThan(0);
  expect(models).toMatchObject([
    { id: null, path: model, provider: 'cpu', metrics: ['lpips'] },
    { id: 'fr_regressor_v1' },
  ]);
  for (const document of documents) {
    const distances = document.frames.map(({ metrics }) => metrics['lpips']);
    expect(distances).toEqual(frames.map(({ metrics }) => metrics['lpips']));
    expect(document.partial).toBe(false);
  }
  // named as the model, LPIPS is scored alone
  expect(documents[3]?.models).toHaveLength(1);

  const byEnvironment = await runCommand(score(...clips, '--feature', 'lpips'), {
    env: { VMAF_LPIPS_MODEL_PATH: model },
  });
  expect(parsed(byEnvironment).frames).toEqual(frames);
  // a flag goes before the environment
  const both = await runShared(score(...clips, ...feature), {
    env: { VMAF_LPIPS_MODEL_PATH: join(folder, 'no such file.onnx') },
  });
  expect(parsed(both).frames).toEqual(frames);
});

test('a ladder, in every format, to files that are there whole', async () => {
  const out = join(folder, 'out');
  await mkdir(out);
  const ladder = [...clips, join(folder, 'good.y4m'), '--tiny-model', model];
  const outcomes = await runCommands(
    ['json', 'csv', 'xml'].map((format) =>
      score(...ladder, `--${format}`, '-o', join(out, `scores.${format}`)),
    ),
  );
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(outcomes[0]?.stdout).toMatch(
    /^lpips_0: mean 0\.\d{6}, min 0\.\d{6}, max 0\.\d{6}\nlpips_1: .*\nwritten: .*scores\.json \(5 frames\)\n$/,
  );
  expect(Object.keys(await listing(out))).toEqual(['scores.csv', 'scores.json', 'scores.xml']);
  const [json, csv, xml] = await Promise.all(
    ['json', 'csv', 'xml'].map((format) => readFile(join(out, `scores.${format}`), 'utf8')),
  );
  const { frames } = JSON.parse(json as string) as ScoreDocument;
  const rows = frames.map(({ frameNum, metrics }) => [frameNum, metrics['lpips_0'], metrics['lpips_1']]);
  expect(csv).toBe(['Frame,lpips_0,lpips_1,', ...rows.map((row) => `${row.join(',')},`), ''].join('\n'));
  expect(xml?.match(/<frame .*\/>/g)).toEqual(
    rows.map(([frame, a, b]) => `<frame frameNum="${frame}" lpips_0="${a}" lpips_1="${b}" />`),
  );
  for (const [, bad, good] of rows) expect(bad as number).toBeGreaterThan(good as number);
});

test('a clip that ends early: exit 2, one line, and what was scored is written as partial', async () => {
  const output = join(folder, 'partial.json');
  const args = ['-r', join(folder, 'ref.y4m'), '-d', join(folder, 'short.y4m'), '--tiny-model', model];
  const [toFile, toStdout] = await runCommands([
    score(...args, '-o', output, '--quiet'),
    score(...args, '--csv', '--quiet'),
  ]);
  expect([toFile?.code, toStdout?.code]).toEqual([2, 2]);
  expect(errorLine(toFile as Outcome)).toContain('short.y4m ends after 3 frames');
  expect(JSON.parse(await readFile(output, 'utf8'))).toMatchObject({
    partial: true,
    error: { code: 'UNEQUAL_LENGTH' },
    frames: [{ frameNum: 0 }, { frameNum: 1 }, { frameNum: 2 }],
  });
  expect(toFile?.stdout).toContain('(partial, 3 frames)');
  expect(toStdout?.stdout).toMatch(/\n# partial: UNEQUAL_LENGTH: .*\n$/);
});

test('without the LPIPS model, which is not shipped, it says how to get it; the regressor scores', async () => {
  const registry = join(folder, 'registry');
  await cp(MODELS, registry, { recursive: true });
  await rm(join(registry, 'lpips_sq.onnx'), { force: true });
  const log = join(folder, 'log.csv');
  const names = ['adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2'];
  await writeFile(
    log,
    `Frame,${names.map((name) => `integer_${name}`).join(',')},\n0,0.95,0.6,0.9,0.94,0.96,5,\n`,
  );
  const [lpips, regressor] = await runCommands([
    ['score', ...clips, '--feature', 'lpips', '--registry', registry],
    ['score', '--features-from', log, '--registry', registry],
  ]);
  expect(lpips?.code).toBe(2);
  expect(lpips?.stdout).toBe('');
  expect(errorLine(lpips as Outcome)).toMatch(
    /vqforge weights pull.*vqforge regenerate vmaf_tiny_lpips_sq_v1/,
  );
  const { models, frames } = parsed(regressor as Outcome);
  expect(models).toMatchObject([{ id: 'fr_regressor_v1', out_of_range_frames: 0 }]);
  expect(frames[0]?.metrics['fr_regressor_v1']).toBeGreaterThan(70);
});

test('wrong usage is one line that says what, exit 2, and no output', async () => {
  const misuses: [args: string[], says: RegExp][] = [
    [[], /--reference and --distorted/],
    [['-r', 'a.y4m'], /--reference and --distorted/],
    [[...clips, '--csv', '--xml'], /two formats/],
    [[...clips, '--width', '48'], /--height, --pixel_format and --bitdepth together/],
    [[...clips, '--pixel_format', '411'], /411.*400, 420, 422, 444/],
    [[...clips, '--bitdepth', '9'], /9.*8, 10, 12, 16/],
    [[...clips, '--subsample', '0'], /--subsample/],
    [[...clips, '--frame_cnt', '1.5'], /--frame_cnt/],
    [[...clips, '--feature', 'cambi'], /feature cambi is not computed here/],
    [[...clips, '--feature', 'vif'], /vif is measured by itself/],
    [[...clips, '--feature', 'lpips:model_path=a', '--feature_params', 'lpips:model_path=b'], /a and b/],
    [[...clips, '--feature', `lpips:model_path=${join(folder, 'missing.onnx')}`], /missing\.onnx/],
    [[...clips, '--tiny-model', model, '--tiny-device', 'gpu'], /gpu.*cuda/],
    [[...clips, '--tiny-model', model, '--compat', 'fork', '--range', 'full'], /compat fork has its own/],
    [['--features-from', 'x.json', '--vmaf-bin', 'vmaf'], /expected one/],
    [['--features-from', join(folder, 'missing.json')], /missing\.json does not exist/],
    [['-r', '-', '-d', '-', '--tiny-model', model], /standard input/],
    [['-r', join(folder, 'missing.y4m'), ...clips.slice(2), '--tiny-model', model], /missing\.y4m/],
    [[...clips, '-o', join(folder, 'no', 'folder.json')], /folder .*no does not exist/],
  ];
  const outcomes = await runCommands(misuses.map(([args]) => score(...args, '--quiet')));
  for (const [at, [args, says]] of misuses.entries()) {
    const { code, stdout } = outcomes[at] as Outcome;
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    expect(errorLine(outcomes[at] as Outcome)).toMatch(says);
  }
});

test('a model that no registry pins needs leave', async () => {
  const [refused] = await runCommands([['score', ...clips, '--tiny-model', model]]);
  expect(refused?.code).toBe(2);
  expect(errorLine(refused as Outcome)).toMatch(/is not pinned/);
});

test('a reference may come from standard input', async () => {
  const args = [MAIN, ...score('-r', '-', ...clips.slice(2), '--tiny-model', model, '--csv', '--quiet')];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  child.stdin.end(await readFile(join(folder, 'ref.y4m')));
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(text.split('\n')).toHaveLength(CLIP.frames + 2);
});

const PINNED = join(MODELS, 'lpips_sq.onnx');
if (!existsSync(PINNED)) console.warn(`skipped: time of vqforge score: no ${PINNED}`);

test.skipIf(!existsSync(PINNED))(
  '24 frames of 384×216 with the pinned model, from a cold start',
  async () => {
    const size = { width: 384, height: 216, frames: 24 };
    await writeFile(join(folder, 'large ref.y4m'), y4mClip(0, size));
    await writeFile(join(folder, 'large.y4m'), y4mClip(9, size));
    const start = performance.now();
    const outcome = await runShared([
      'score',
      '-r',
      join(folder, 'large ref.y4m'),
      '-d',
      join(folder, 'large.y4m'),
      '--quiet',
    ]);
    // said, not asserted: the machine of a test may be busy
    console.log(`vqforge score of 24 frames: ${Math.round(performance.now() - start)} ms`);
    expect(parsed(outcome).models).toMatchObject([{ id: 'fr_regressor_v1' }]);
    expect(outcome.stderr).toBe('');
  },
);
