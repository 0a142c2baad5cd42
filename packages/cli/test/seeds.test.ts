import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { CLIP, rawClip, writeLpips } from './clips.ts';
import { runCommands } from './command.ts';
import { temporaryFolder } from './folders.ts';

/** Pages of others that call libvmaf's program; not part of this repository. */
const SEEDS = fileURLToPath(new URL('../../../../shared/seeds/', import.meta.url));
const reason = existsSync(SEEDS) ? '' : ' (skipped: ../shared/seeds is not there)';

/** Arguments behind `vmaf` in a page's commands, with the size of the clips here. */
function vmafCommands(number: string): string[][] {
  const name = readdirSync(SEEDS).find((file) => file.startsWith(`${number}_`)) as string;
  const page = readFileSync(join(SEEDS, name), 'utf8').replaceAll(/\\\n\s*/g, '');
  return [...page.matchAll(/^vmaf (--reference .*)$/gm)].map(([, flags]) =>
    (flags as string)
      .trim()
      .split(/\s+/)
      .map((word) => ({ '1920': String(CLIP.width), '1080': String(CLIP.height) })[word] ?? word),
  );
}

const SHORT: Readonly<Record<string, string>> = {
  '--reference': '-r',
  '--distorted': '-d',
  '--width': '-w',
  '--height': '-h',
  '--pixel_format': '-p',
  '--bitdepth': '-b',
  '--output': '-o',
};

describe.skipIf(reason !== '')(`commands for vmaf, as they stand${reason}`, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeFile(join(folder, 'ref.yuv'), rawClip(0));
    await writeFile(join(folder, 'dist.yuv'), rawClip(40));
    await mkdir(join(folder, 'model/tiny'), { recursive: true });
    await rename(await writeLpips(folder), join(folder, 'model/tiny/lpips_sq.onnx'));
  });

  /** Frames of the document that each command writes. */
  async function framesOf(commands: readonly string[][], flags: readonly string[]): Promise<unknown[]> {
    const frames: unknown[] = [];
    for (const command of commands) {
      const [outcome] = await runCommands([['score', ...command, ...flags, '--quiet']], {
        cwd: folder,
        env: { VMAF_LPIPS_MODEL_PATH: 'model/tiny/lpips_sq.onnx' },
      });
      expect({ command, ...outcome }).toMatchObject({ command, code: 0, stderr: '' });
      const text = await readFile(join(folder, 'score.json'), 'utf8');
      frames.push((JSON.parse(text) as { frames: unknown }).frames);
    }
    return frames;
  }

  test('LPIPS by the parameter and by the environment, with long flags and short ones: the same numbers', async () => {
    const long = vmafCommands('000');
    expect(long).toHaveLength(2);
    const short = long.map((command) => command.map((word) => SHORT[word] ?? word));
    const found = await framesOf([...long, ...short], ['--allow-unregistered']);
    expect(found[0]).toHaveLength(CLIP.frames);
    expect(found[0]).toMatchObject([{ metrics: { lpips: expect.any(Number) as number } }, {}, {}, {}, {}]);
    for (const frames of found) expect(frames).toEqual(found[0]);
  });

  test('the regressor by its id, measured here, with long flags and short ones: the same numbers', async () => {
    const [long, ...others] = vmafCommands('003');
    expect(others).toEqual([]);
    const short = (long as string[]).map((word) => SHORT[word] ?? word);
    const found = await framesOf([long as string[], short], []);
    expect(found[0]).toHaveLength(CLIP.frames);
    expect(found[0]).toMatchObject([
      { metrics: { fr_regressor_v1: expect.any(Number) as number } },
      {},
      {},
      {},
      {},
    ]);
    expect(found[1]).toEqual(found[0]);
  });
});
