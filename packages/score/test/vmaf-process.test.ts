import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { featuresOf } from '@vqforge/table';
import { runVmaf, type VmafOptions } from '../src/vmaf-process.ts';
import { ScoreError } from '../src/errors.ts';

/**
 * Behaves as the name of the distorted clip says, as vmaf would: it logs two frames, with its arguments as version.
 */
const FAKE = `#!${process.execPath}
const { writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const valueOf = (flag) => args[args.indexOf(flag) + 1];
const behaviour = valueOf('--distorted').replace(/^.*\\/|\\.y4m$/g, '');
const log = { version: JSON.stringify(args), fps: 100, frames: [] };
for (const frameNum of [0, 1]) log.frames.push({ frameNum, metrics: { integer_adm2: 0.5 + frameNum / 4, vmaf: 80 } });
const behaviours = {
  usage: () => { process.stderr.write('Invalid argument "x" for option --threads\\n\\nUsage: vmaf [options]\\n a page\\n'); process.exit(1); },
  broken: () => { process.stderr.write('VMAF version 3\\nproblem with distorted file: broken.y4m\\n'); process.exit(255); },
  crash: () => process.kill(process.pid, 'SIGKILL'),
  hang: () => { process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000); },
  silent: () => process.exit(0),
  half: () => writeFileSync(valueOf('--output'), '{"frames": [{"frameNum": 0,'),
  loud: () => { process.stderr.write('x'.repeat(1e6)); behaviours.good(); },
  short: () => { process.stderr.write('\\n"' + valueOf('--distorted') + '" ended before "' + valueOf('--reference') + '".\\n'); behaviours.good(); },
  torn: () => { process.stderr.write('\\nproblem while reading pictures\\n'); behaviours.good(); },
  good: () => writeFileSync(valueOf('--output'), JSON.stringify(log)),
};
behaviours[behaviour]();
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmaf-process-'));
  await writeFile(join(folder, 'vmaf'), FAKE);
  await chmod(join(folder, 'vmaf'), 0o755);
  for (const name of [
    'reference',
    'good',
    'usage',
    'broken',
    'crash',
    'hang',
    'silent',
    'half',
    'loud',
    'short',
    'torn',
  ])
    await writeFile(join(folder, `${name}.y4m`), '');
});
afterAll(() => rm(folder, { recursive: true }));

function pair(distorted: string): VmafOptions {
  return {
    program: join(folder, 'vmaf'),
    reference: join(folder, 'reference.y4m'),
    distorted: join(folder, `${distorted}.y4m`),
  };
}

async function refusal(options: VmafOptions): Promise<string> {
  const error: unknown = await runVmaf(options).catch((thrown: unknown) => thrown);
  if (error instanceof ScoreError) return `${error.code}: ${error.message}`;
  throw new Error(`expected a ScoreError, got ${String(error)}`);
}

const leftovers = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('vqforge-vmaf-'));

// the fake is a script that its first line starts
describe.skipIf(process.platform === 'win32')('vmaf', () => {
  test('a pair becomes a log, and the temporary file goes', async () => {
    const before = await leftovers();
    const { log, failure } = await runVmaf(pair('good'));
    expect([...featuresOf(log, ['adm2', 'vmaf'])]).toEqual([0.5, 80, 0.75, 80]);
    expect(failure).toBeUndefined();
    expect(() => featuresOf(log, ['motion2'])).toThrow(/^what vmaf logged of .*good.y4m: it has no motion2/);
    expect((await leftovers()).filter((name) => !before.includes(name))).toEqual([]);
  });

  test('what is asked for reaches the program', async () => {
    const { log } = await runVmaf({
      ...pair('good'),
      rawFormat: { width: 1920, height: 1080, pixelFormat: '422', bitDepth: 10 },
      model: 'vmaf_v0.6.1',
      features: ['psnr', 'float_ssim'],
      subsample: 5,
      frameCount: 100,
      skipReference: 2,
      skipDistorted: 0,
      threads: 4,
    });
    const args = JSON.parse(log.version!) as string[];
    expect(args.slice(0, 5)).toEqual([
      '--reference',
      join(folder, 'reference.y4m'),
      '--distorted',
      join(folder, 'good.y4m'),
      '--json',
    ]);
    expect(args.slice(7)).toEqual(
      '--quiet --width 1920 --height 1080 --pixel_format 422 --bitdepth 10 --subsample 5 --frame_cnt 100 --frame_skip_ref 2 --threads 4 --model version=vmaf_v0.6.1 --feature psnr --feature float_ssim'.split(
        ' ',
      ),
    );
  });

  test('a model is a name, a file, or in the words of vmaf', async () => {
    const modelArgument = async (model: string): Promise<string | undefined> =>
      (JSON.parse((await runVmaf({ ...pair('good'), model })).log.version!) as string[]).at(-1);
    expect(await modelArgument('vmaf_v0.6.1neg')).toBe('version=vmaf_v0.6.1neg');
    expect(await modelArgument('mine.json')).toBe('path=mine.json');
    expect(await modelArgument('/models/mine')).toBe('path=/models/mine');
    expect(await modelArgument('version=vmaf_4k_v0.6.1:name=vmaf')).toBe('version=vmaf_4k_v0.6.1:name=vmaf');
    expect(await refusal({ ...pair('good'), model: 'C:\\mine.json' })).toMatch(/^BAD_INPUT: .*colon/);
  });

  test('clips measured in part give their log with what is wrong', async () => {
    const { log, failure } = await runVmaf(pair('short'));
    expect(log.frames.length).toBe(2);
    expect([failure?.code, failure?.message]).toEqual([
      'UNEQUAL_LENGTH',
      expect.stringMatching(/short.y4m ends before .*reference.y4m/),
    ]);
    expect((await runVmaf(pair('torn'))).failure?.code).toBe('BAD_INPUT');
  });

  test('failures say why', async () => {
    expect(await refusal(pair('broken'))).toMatch(
      /^PROGRAM_FAILED: .*exit code 255: problem with distorted file: broken.y4m$/,
    );
    expect(await refusal(pair('usage'))).toMatch(/^PROGRAM_FAILED: .*exit code 1: Invalid argument "x"/);
    expect(await refusal(pair('crash'))).toMatch(/^PROGRAM_FAILED: .*SIGKILL/);
    expect(await refusal(pair('silent'))).toMatch(/^PROGRAM_FAILED: .*no log/);
    expect(await refusal(pair('half'))).toMatch(/^PROGRAM_FAILED: .*cut short/);
    expect(await refusal(pair('none'))).toMatch(/^BAD_INPUT: .*none.y4m cannot be read/);
    expect(await refusal({ ...pair('good'), reference: folder })).toMatch(/^BAD_INPUT: .*folder/);
    expect(await refusal({ ...pair('good'), program: 'no-such-vmaf' })).toMatch(
      /^MISSING_PROGRAM: .*no-such-vmaf is not there; .*--vmaf-bin/,
    );
    expect(await refusal({ ...pair('good'), program: join(folder, 'good.y4m') })).toMatch(
      /^MISSING_PROGRAM: .*EACCES/,
    );
    expect((await runVmaf(pair('loud'))).log.frames.length).toBe(2);
  });

  test('a program that hangs is ended, even one that ignores SIGTERM', async () => {
    expect(await refusal({ ...pair('hang'), timeoutMs: 300 })).toMatch(
      /^PROGRAM_FAILED: .*longer than 0.3 s/,
    );
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    expect(await refusal({ ...pair('hang'), signal: controller.signal })).toMatch(/^INTERRUPTED/);
    expect(await refusal({ ...pair('good'), signal: AbortSignal.abort() })).toMatch(/^INTERRUPTED/);
  });
});
