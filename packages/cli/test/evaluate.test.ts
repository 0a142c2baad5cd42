import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { errorLine, type Outcome, runCommand, runCommands, runShared } from './command.ts';
import { temporaryFolder } from './folders.ts';

let dataset: string;
let drawn: Outcome;

beforeAll(async () => {
  dataset = join(await temporaryFolder(), 'mini');
  drawn = await runCommand(['bapps', 'mini', '--out', dataset, '--count', '4']);
});

let spoiled: string;

beforeEach(async () => {
  spoiled = join(await temporaryFolder(), 'mini');
});

const fast = ['--model', 'l2', '--colorspace', 'RGB', '--resamples', '20'];

test('bapps mini draws a dataset, and says by which rule it is judged', () => {
  expect(drawn).toMatchObject({ code: 0, stderr: '' });
  expect(drawn.stdout).toMatch(/^2afc\/train\/cnn +8 {2}sha256 [0-9a-f]{64}\n/);
  expect(drawn.stdout).toContain('judge = ');
});

test('bapps verify is content with it', async () => {
  const { code, stdout } = await runCommand(['bapps', 'verify', '--dataset', dataset]);
  expect(code).toBe(0);
  expect(stdout.match(/ same\n/g)).toHaveLength(11);
  expect(stdout).toContain('nothing is damaged');
});

test('evaluate prints a row per set and mean, and writes the same as JSON', async () => {
  const output = join(await temporaryFolder(), 'evaluation.json');
  const { code, stdout } = await runCommand(['evaluate', '--dataset', dataset, ...fast, '--output', output]);
  expect(code).toBe(0);
  const [metric, judges, header, ...rows] = stdout.split('\n');
  expect(judges).toMatch(/^judged by a stated rule/);
  expect(metric).toBe('L2 in RGB');
  expect(header?.trim().split(/ {2,}/)).toEqual(['triplets', '2AFC %', '95 %', 'rule']);
  expect(rows.slice(0, 9).map((row) => row.split(/ {2,}/)[0])).toEqual([
    'val/traditional',
    'val/cnn',
    'val/superres',
    'val/deblur',
    'val/color',
    'val/frameinterp',
    'distortions',
    'real algorithms',
    'all',
  ]);
  const document = JSON.parse(await readFile(output, 'utf8')) as {
    sets: { score: number }[];
    dataset: { judged_by: string };
  };
  expect(document.dataset.judged_by).toBe('rule');
  expect(rows[0]).toContain(` ${(100 * (document.sets[0]?.score as number)).toFixed(1)} `);
  const json = await runShared(['evaluate', '--dataset', dataset, ...fast, '--json']);
  expect(JSON.parse(json.stdout)).toEqual(document);
  expect(json.stderr).toBe('');
});

test('pairs, chosen sets, SSIM, and upstream’s bug', async () => {
  const run = (...args: string[]): string[] => [
    'evaluate',
    '--dataset',
    dataset,
    '--datasets',
    'val/cnn',
    '--resamples',
    '5',
    '--quiet',
    ...args,
  ];
  const outcomes = await runCommands([
    run('--dataset-mode', 'jnd', '--model', 'l2'),
    run('--model', 'ssim', '--json'),
    run('--model', 'dssim', '--bug-compatible', '--json'),
  ]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(outcomes[0]?.stdout).toMatch(/ pairs +AP % .*\nval\/cnn +4 /);
  expect(JSON.parse(outcomes[1]?.stdout ?? '')).toMatchObject({
    metric: { name: 'dssim', colorspace: 'Lab', bug_compatible: false },
  });
  expect(JSON.parse(outcomes[2]?.stdout ?? '')).toMatchObject({
    metric: { name: 'dssim', bug_compatible: true },
  });
});

test('what cannot be used ends with exit code 2 and its code', async () => {
  const json = (...args: string[]): string[] => ['evaluate', ...fast, '--json', ...args];
  const outcomes = await runCommands([
    json('--dataset', join(dataset, '2afc')),
    json('--dataset', dataset, '--datasets', 'val/other'),
    ['bapps', 'verify', '--dataset', join(dataset, 'nowhere'), '--json'],
    ['bapps', 'mini', '--out', dataset, '--json'],
    ['evaluate', '--dataset', dataset, '--model', 'l2', '--model-path', 'x', '--json'],
    ['evaluate', '--dataset', dataset, '--bug-compatible', '--json'],
    ['evaluate', '--dataset', dataset, '--model', 'psnr', '--json'],
    ['evaluate', '--dataset', dataset, '--batch-size', '0', '--json'],
    ['bapps', 'pull', '--pin', 'val=0123', '--json'],
    ['bapps', 'pull', '--mirror', 'file:///etc', '--json'],
    ['bapps', 'pull', 'everything', '--json'],
  ]);
  expect(
    outcomes.map((outcome) => [
      outcome.code,
      (JSON.parse(errorLine(outcome)) as { error: { code: string } }).error.code,
    ]),
  ).toEqual([
    [2, 'NOT_BAPPS'],
    [2, 'UNKNOWN_SET'],
    [2, 'NOT_BAPPS'],
    [2, 'BAD_OUTPUT'],
    ...Array.from({ length: 7 }, () => [2, 'USAGE']),
  ]);
});

test('whose judgements they are, the manifest says, and nothing else', async () => {
  await runShared(['bapps', 'mini', '--out', spoiled, '--count', '2']);
  const path = join(spoiled, 'bapps.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  const { judged_by: said, ...unsaid } = manifest;
  expect(said).toBe('rule');
  const judges = [
    [unsaid, 'rule'],
    [{ ...manifest, judged_by: 'people' }, 'people'],
    [{ ...unsaid, origin: 'somewhere' }, null],
  ] as const;
  const evaluation = ['evaluate', '--dataset', spoiled, ...fast, '--datasets', 'val/cnn', '--json'];
  for (const [written, expected] of judges) {
    await writeFile(path, JSON.stringify(written));
    const { stdout } = await runShared(evaluation);
    expect((JSON.parse(stdout) as { dataset: { judged_by: unknown } }).dataset.judged_by).toBe(expected);
  }
  await rm(path);
  expect((await runShared(evaluation.slice(0, -1))).stdout).toContain('does not say who judged');
});

test('what macOS leaves beside files is no item, and a pointer of Git LFS is named as one', async () => {
  await runShared(['bapps', 'mini', '--out', spoiled, '--count', '3']);
  const set = join(spoiled, '2afc/val/cnn');
  for (const file of ['ref/._000000.png', 'p0/._000001.png', 'judge/._000002.npy', 'judge/.DS_Store'])
    await writeFile(join(set, file), 'Mac OS X');
  await mkdir(join(spoiled, '2afc/__MACOSX/val'), { recursive: true });
  const evaluation = ['evaluate', '--dataset', spoiled, ...fast, '--datasets', 'val/cnn', '--quiet'];
  const [clean, verified] = await runCommands([evaluation, ['bapps', 'verify', '--dataset', spoiled]]);
  expect(clean).toMatchObject({ code: 0 });
  expect(clean?.stdout).toMatch(/^val\/cnn +3 /m);
  expect(verified).toMatchObject({ code: 0 });
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;
  await writeFile(join(set, 'p1/000001.png'), pointer);
  await writeFile(join(set, 'judge/000002.npy'), pointer);
  const { code, stderr } = await runShared(evaluation);
  expect(code).toBe(2);
  expect(stderr.match(/is a Git LFS pointer/g)).toHaveLength(2);
  expect(stderr).toContain('git lfs pull');
});

test('damage is counted and refused, or left out and listed; verify finds it', async () => {
  await runShared(['bapps', 'mini', '--out', spoiled, '--count', '4']);
  await rm(join(spoiled, '2afc/val/cnn/p0/000002.png'));
  await writeFile(join(spoiled, '2afc/val/color/judge/000001.npy'), 'not a number');
  const [strict, tolerant, verified] = await runCommands([
    ['evaluate', '--dataset', spoiled, ...fast, '--datasets', 'val/color', '--quiet'],
    ['evaluate', '--dataset', spoiled, ...fast, '--skip-damaged', '--quiet'],
    ['bapps', 'verify', '--dataset', spoiled],
  ]);
  expect(strict?.code).toBe(2);
  expect(strict?.stderr).toBe(
    'vqforge: 1 of 4 triplets cannot be used: val/color 000001: judge is not a .npy file; mend them, or leave them out with --skip-damaged\n',
  );
  expect(tolerant?.code).toBe(0);
  expect(tolerant?.stdout).toContain(
    'left out: 2 triplets\n  val/cnn 000002: p0 is missing\n  val/color 000001: judge is not a .npy file\n',
  );
  expect(verified?.code).toBe(1);
  expect(verified?.stdout).toContain('2 items damaged');
});

test('progress is said on stderr', async () => {
  const { stderr } = await runShared(['evaluate', '--dataset', dataset, ...fast, '--datasets', 'val/cnn']);
  expect(stderr).toContain('evaluating 100% (4/4 triplets)\n');
});

const isThere = existsSync(fileURLToPath(new URL('../../../model/tiny/lpips_sq.onnx', import.meta.url)));
if (!isThere) console.warn('skipped: evaluate with the pinned LPIPS model, which is not in model/tiny');

describe.skipIf(!isThere)('with the pinned model', () => {
  test('evaluate names it by id and digest', async () => {
    const { code, stdout } = await runShared([
      'evaluate',
      '--dataset',
      dataset,
      '--resamples',
      '20',
      '--quiet',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^LPIPS 0\.1, squeeze: vmaf_tiny_lpips_sq_v1, sha256 [0-9a-f]{64}, native on cpu\n/,
    );
  });
});
