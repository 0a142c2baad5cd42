import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { CLIP, rawClip, writeLpips } from './clips.ts';
import { errorLine, runCommands, type Outcome } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';

let folder: string;
let options: { cwd: string; env: Record<string, string> };

beforeAll(async () => {
  folder = await temporaryFolder();
  options = { cwd: folder, env: { VMAF_LPIPS_MODEL_PATH: await writeLpips(folder) } };
  for (const [name, noise] of Object.entries({ ref: 0, dist: 40, good: 5 }))
    await writeFile(join(folder, `${name}.yuv`), rawClip(noise));
});

const OURS = ['--feature', 'lpips', '--allow-unregistered', '--engine', 'wasm', '--threads', '1'];
const [WIDTH, HEIGHT] = [String(CLIP.width), String(CLIP.height)];
const LONG =
  `score --reference ref.yuv --distorted dist.yuv --width ${WIDTH} --height ${HEIGHT} --pixel_format 420 --bitdepth 8`
    .split(' ')
    .concat(OURS);
const SHORT = `score -r ref.yuv -d dist.yuv -w ${WIDTH} -h ${HEIGHT} -p 420 -b 8`.split(' ').concat(OURS);

function framesOf(text: string): unknown {
  return (JSON.parse(text) as { frames: unknown }).frames;
}

test('short flags mean what they mean in vmaf, and the ending of -o picks the format', async () => {
  const outcomes = await runCommands(
    [
      [...LONG, '--output', 'long.json'],
      [...SHORT, '-o', 'short.json'],
      [...SHORT, '-o', 'scores.csv'],
      [...SHORT, '-o', 'scores.XML'],
      [...SHORT, '-o', 'scores.txt'],
      [...SHORT, '-o', 'still.csv', '--json'],
      SHORT,
    ],
    options,
  );
  expect(outcomes.map(({ code }) => code)).toEqual(outcomes.map(() => 0));
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const frames = framesOf(await read('long.json'));
  expect(frames).toHaveLength(CLIP.frames);
  for (const text of [
    await read('short.json'),
    await read('scores.txt'),
    await read('still.csv'),
    outcomes[6]!.stdout,
  ])
    expect(framesOf(text)).toEqual(frames);
  expect(await read('scores.csv')).toMatch(/^Frame,lpips,fr_regressor_v1,/);
  expect(await read('scores.XML')).toMatch(/^<VMAF/);
  const said = outcomes.map(({ stderr }) => /scores\.txt is written as JSON/.exec(stderr)?.length ?? 0);
  expect(said).toEqual([0, 0, 0, 0, 1, 0, 0]);
});

test('-h wants a number; what looks like vmaf is told of vqforge score; each is one line and exit code 2', async () => {
  const wrong: [string[], RegExp][] = [
    [['score', '-r', 'ref.yuv', '-d', 'dist.yuv', '-h'], /-h, --height <n>' argument missing.*--help/],
    [['score', '-h', '-w', '48'], /-h, --height.*--help/],
    [['score', '-h', 'tall'], /-h, --height.*expected an integer/],
    [['-r', 'ref.yuv', '-d', 'dist.yuv'], /unknown option '-r'.*vqforge score -r …/],
    [['--reference', 'ref.yuv'], /unknown option '--reference'.*vqforge score --reference …/],
    [['-h', '216', '-w', '384'], /unknown option '-h'.*vqforge score -h …/],
    // vmaf's own command, whole: no help with exit code 0
    [
      ['-r', 'ref.yuv', '-d', 'dist.yuv', '-w', '384', '-h', '216', '-p', '420', '-b', '8'],
      /vqforge score -r …/,
    ],
    [['-m', 'version=vmaf_v0.6.1'], /vqforge score -m …/],
    [['--tiny-model', 'fr_regressor_v1', '-r', 'ref.yuv'], /vqforge score --tiny-model …/],
    [['--workspace', '.', 'registry', 'list'], /unknown option '--workspace'.*goes behind the command/],
  ];
  const before = await listing(folder);
  const outcomes = await runCommands([...wrong.map(([args]) => args), ['score', '--help'], ['-h']], options);
  for (const [i, [args, says]] of wrong.entries()) {
    expect({ args, ...outcomes[i] }).toMatchObject({ args, code: 2, stdout: '' });
    expect(errorLine(outcomes[i]!)).toMatch(says);
  }
  for (const help of outcomes.slice(-2))
    expect(help).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Usage: vqforge/) as string });
  expect(await listing(folder)).toStrictEqual(before);
});

test('--fail-below: exit 1 for a distance that is higher, 0 else, 2 for a metric that is not there', async () => {
  const [plain] = await runCommands([SHORT], options);
  const { mean } = (JSON.parse(plain!.stdout) as { pooled_metrics: { lpips: { mean: number } } })
    .pooled_metrics.lpips;
  const ladder = SHORT.map((word) => (word === 'dist.yuv' ? ['good.yuv', 'dist.yuv'] : [word])).flat();
  const [equal, above, unknown, bad, both] = (await runCommands(
    [
      [...SHORT, '--fail-below', `lpips=${mean}`],
      [...SHORT, '--fail-below', `lpips=${mean * 0.999}`],
      [...SHORT, '--fail-below', 'vmaf=90'],
      [...SHORT, '--fail-below', 'lpips'],
      [...ladder, '--fail-below', `lpips=${mean * 0.999}`],
    ],
    options,
  )) as [Outcome, Outcome, Outcome, Outcome, Outcome];
  expect(equal).toMatchObject({ code: 0 });
  expect(above).toMatchObject({ code: 1 });
  // the scores are written all the same
  expect(framesOf(above.stdout)).toEqual(framesOf(plain!.stdout));
  expect(above.stderr).toMatch(/^vqforge: lpips is \S+, more than the \S+ of --fail-below$/m);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/no metric vmaf was scored, expected one of lpips/);
  expect(bad.code).toBe(2);
  expect(both).toMatchObject({ code: 1 });
  expect(both.stderr).toMatch(/lpips_1 is/);
  expect(both.stderr).not.toMatch(/lpips_0 is/);
});

test('--fail-below: a regressor passes at its mean and fails above it', async () => {
  const log = join(folder, 'log.json');
  const metrics = {
    integer_adm2: 0.9,
    integer_motion2: 3,
    ...Object.fromEntries([0, 1, 2, 3].map((i) => [`integer_vif_scale${i}`, 0.7])),
  };
  await writeFile(log, JSON.stringify({ frames: [{ frameNum: 0, metrics }] }));
  const score = [
    'score',
    '--tiny-model',
    'fr_regressor_v1',
    '--features-from',
    'log.json',
    '--engine',
    'wasm',
  ];
  const [plain] = await runCommands([score], options);
  const { pooled_metrics: pooled } = JSON.parse(plain!.stdout) as {
    pooled_metrics: Record<string, { mean: number }>;
  };
  const mean = pooled['fr_regressor_v1']!.mean;
  const [at, above] = await runCommands(
    [mean, mean + 0.01].map((floor) => [...score, '--fail-below', `fr_regressor_v1=${floor}`]),
    options,
  );
  expect([at!.code, above!.code]).toEqual([0, 1]);
  expect(above!.stderr).toMatch(/fr_regressor_v1 is \S+, less than the/);
});

test('--pairs scores a list; a pair that fails does not stop the others; no output is one of the clips', async () => {
  const raw = [
    '-w',
    String(CLIP.width),
    '-h',
    String(CLIP.height),
    '-p',
    '420',
    '-b',
    '8',
    ...OURS,
    '--quiet',
  ];
  await writeFile(
    join(folder, 'pairs.csv'),
    'reference,distorted\nref.yuv,dist.yuv\n\n# others\nref.yuv, good.yuv\n',
  );
  await writeFile(
    join(folder, 'pairs.tsv'),
    'ref.yuv\tdist.yuv\r\nref.yuv\tabsent.yuv\r\nref.yuv\tgood.yuv\r\n',
  );
  await writeFile(join(folder, 'bad.csv'), 'ref.yuv\n');
  await writeFile(join(folder, 'empty.csv'), 'reference,distorted\n');
  await mkdir(join(folder, 'out'));
  const score = (list: string, ...more: string[]): string[] => ['score', '--pairs', list, ...raw, ...more];
  const [single, json, csv, partial, gate, ...wrong] = (await runCommands(
    [
      SHORT,
      score('pairs.csv', '-o', 'out/pairs.json'),
      score('pairs.csv', '--csv'),
      score('pairs.tsv', '--csv'),
      score('pairs.csv', '--fail-below', 'lpips=0', '-o', 'out/gate.csv'),
      score('bad.csv'),
      score('empty.csv'),
      score('absent.csv'),
      score('pairs.csv', '-r', 'ref.yuv'),
      score('pairs.csv', '--xml'),
      score('pairs.csv', '-o', 'pairs.csv'),
      score('pairs.csv', '-o', 'good.yuv', '--force'),
    ],
    options,
  )) as [Outcome, Outcome, Outcome, Outcome, Outcome, ...Outcome[]];
  expect(json).toMatchObject({ code: 0, stdout: 'written: out/pairs.json (2 pairs)\n' });
  const document = JSON.parse(await readFile(join(folder, 'out', 'pairs.json'), 'utf8')) as {
    schema: string;
    pairs: { distorted: string; scores: { frames: unknown } }[];
  };
  expect(document.schema).toBe('vqforge/pair-scores-v1');
  expect(document.pairs.map(({ distorted }) => distorted)).toEqual(['dist.yuv', 'good.yuv']);
  expect(document.pairs[0]!.scores.frames).toEqual(framesOf(single.stdout));
  expect(csv.stdout).toMatch(
    /^reference,distorted,lpips,fr_regressor_v1.*,error\nref\.yuv,dist\.yuv,[\d.e,-]+,\nref\.yuv,good\.yuv,[\d.e,-]+,\n$/,
  );
  expect(partial.code).toBe(2);
  expect(partial.stdout.split('\n')[2]).toMatch(/^ref\.yuv,absent\.yuv,,+.*absent\.yuv/);
  expect(partial.stdout.split('\n')[3]).toBe(csv.stdout.split('\n')[2]);
  expect(gate.code).toBe(1);
  for (const outcome of wrong) expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.map((outcome) => errorLine(outcome))).toEqual([
    expect.stringMatching(/line 1 of bad\.csv must be a reference and a distorted clip/),
    expect.stringMatching(/empty\.csv lists no pair/),
    expect.stringMatching(/--pairs: absent\.csv does not exist/),
    expect.stringMatching(/--pairs names the clips/),
    expect.stringMatching(/JSON or CSV, not XML/),
    expect.stringMatching(/pairs\.csv is an input/),
    expect.stringMatching(/good\.yuv is an input/),
  ]);
});
