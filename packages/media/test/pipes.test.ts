import { execFileSync, spawn } from 'node:child_process';
import { closeSync, createReadStream, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { y4m } from './clips.ts';

const SHAPE = { width: 64, height: 64, chroma: '420', bitDepth: 8 } as const;
const FRAMES = Array.from({ length: 40 }, (_, index) => new Uint8Array(6144).fill(index));
/** Where the package finds itself by name. */
const PACKAGE = fileURLToPath(new URL('../../runtime', import.meta.url));

const READ = `
  import { openVideo } from '@vqforge/media/node';
  const video = await openVideo({ path: process.argv[1] });
  let frames = 0;
  for await (const { data } of video.frames()) if (data[0] === frames && data.at(-1) === frames) frames++;
  console.log(frames);`;
const READ_ONE = `
  import { openVideo } from '@vqforge/media/node';
  const video = await openVideo({ path: process.argv[1] });
  console.log((await video.read()).index);
  await video.close();`;
const SCORE = `
  import { openTensorSets } from '@vqforge/media/node';
  const clips = await openTensorSets({ reference: process.argv[2], distorted: [process.argv[1]] });
  let sets = 0;
  for await (const set of clips.sets()) sets++;
  console.log(sets);`;
const SCORE_A_WHILE = `
  import { openTensorSets } from '@vqforge/media/node';
  const clips = await openTensorSets({ reference: process.argv[2], distorted: [process.argv[1]] });
  let sets = 0;
  for await (const set of clips.sets()) if (++sets === 2) setTimeout(() => clips.close(), 100);
  console.log(sets);`;

let folder: string;
let clip: string;
const bytes = y4m(SHAPE, FRAMES);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-pipes-'));
  clip = join(folder, 'clip.y4m');
  await writeFile(clip, bytes);
});
afterAll(() => rm(folder, { recursive: true }));

/** What a script prints; `feed` gets its standard input, or it is a file. */
function runScript(
  script: string,
  paths: string[],
  stdin: 'pipe' | number,
): Promise<{ code: number | null; out: string }> & {
  input: NodeJS.WritableStream | null;
} {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, ...paths], {
    cwd: PACKAGE,
    stdio: [stdin, 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  const ended = new Promise<{ code: number | null; out: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, out: out.trim() })),
  );
  // a script that leaves early breaks the pipe
  child.stdin?.on('error', () => undefined);
  return Object.assign(ended, { input: child.stdin });
}

describe('standard input', () => {
  test('a pipe, read in this thread and in the one that reads ahead', async () => {
    for (const [script, paths] of [
      [READ, ['-']],
      [SCORE, ['-', clip]],
    ] as const) {
      const run = runScript(script, [...paths], 'pipe');
      createReadStream(clip, { highWaterMark: 1000 }).pipe(run.input!);
      expect(await run).toEqual({ code: 0, out: '40' });
    }
  });

  test('a file', async () => {
    const fd = openSync(clip, 'r');
    try {
      expect(await runScript(READ, ['-'], fd)).toEqual({ code: 0, out: '40' });
    } finally {
      closeSync(fd);
    }
  });

  test('whose writer falls silent does not keep the process', async () => {
    const run = runScript(READ_ONE, ['-'], 'pipe');
    run.input?.write(bytes.subarray(0, 20_000));
    expect(await run).toEqual({ code: 0, out: '0' });
    const ahead = runScript(SCORE_A_WHILE, ['-', clip], 'pipe');
    // two frames and a half
    ahead.input?.write(bytes.subarray(0, 15_000));
    expect(await ahead).toEqual({ code: 0, out: '2' });
  });
});

test.skipIf(process.platform === 'win32')('a named pipe', async () => {
  const pipe = join(folder, 'fifo');
  execFileSync('mkfifo', [pipe]);
  const run = runScript(SCORE, [pipe, clip], 'pipe');
  const writer = spawn('sh', ['-c', 'cat "$1" > "$2"', 'sh', clip, pipe], { stdio: 'ignore' });
  const written = new Promise((resolve) => writer.once('close', resolve));
  expect(await run).toEqual({ code: 0, out: '40' });
  expect(await written).toBe(0);
});
