import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '@vqforge/runtime';
import { scoreClips, type ScoreDocument } from '@vqforge/score';
import { type ModelServer, serve, type ServeOptions } from '@vqforge/serve';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { hasFfmpeg } from '../../../testing/ffmpeg.ts';
import { generator } from '../../../testing/generator.ts';
import { lpipsRegistry, temporaryFolder } from '../../../testing/runtime-models.ts';

const PINNED = fileURLToPath(new URL('../../../model/tiny', import.meta.url));
const [WIDTH, HEIGHT] = [48, 40];
const servers: ModelServer[] = [];
/** Where the server under test puts what is uploaded. */
let uploads: string;
let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  uploads = join(folder, 'uploads');
  await mkdir(uploads);
  vi.stubEnv('TMPDIR', uploads);
});
afterAll(() => void vi.unstubAllEnvs());

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  // whatever a test sent, and however it ended
  const left = (await readdir(uploads)).filter((name) => name.startsWith('vqforge-tmp-'));
  if (left.length > 0) throw new Error(`left behind: ${left.join()}`);
});

async function start(options: Partial<ServeOptions> = {}): Promise<string> {
  const models = options.registry === undefined ? { models: ['fr_regressor_v1'] } : {};
  const server = await serve({ port: 0, graceMs: 100, registry: PINNED, ...models, ...options });
  servers.push(server);
  return `${server.url}/v1/score`;
}

/** Planes of 4:2:0, with noise of so many codes. */
function planes(frames: number, strength: number): Buffer {
  const random = generator(strength + 1);
  const size = WIDTH * HEIGHT;
  return Buffer.from(
    Uint8Array.from({ length: frames * size * 1.5 }, (_, at) => {
      const [frame, i] = [Math.floor(at / (1.5 * size)), at % (1.5 * size)];
      return 128 + 60 * Math.sin((i % WIDTH) / 5 + frame / 2) + strength * (random() - 0.5);
    }),
  );
}

function y4m(frames: number, strength: number, header = `W${WIDTH} H${HEIGHT} F25:1 C420`): Buffer {
  const data = planes(frames, strength);
  const size = data.length / frames;
  return Buffer.concat([
    Buffer.from(`YUV4MPEG2 ${header}\n`),
    ...Array.from({ length: frames }, (_, frame) => [
      Buffer.from('FRAME\n'),
      data.subarray(frame * size, (frame + 1) * size),
    ]).flat(),
  ]);
}

const CLIPS = { reference: y4m(6, 0), distorted: y4m(6, 30) };
const RAW = { width: `${WIDTH}`, height: `${HEIGHT}`, pixel_format: '420', bitdepth: '8' };

type Files = Readonly<Record<string, Uint8Array>>;

function form(files: Files, fields: Readonly<Record<string, string>> = {}): FormData {
  const data = new FormData();
  for (const [name, text] of Object.entries(fields)) data.append(name, text);
  for (const [name, bytes] of Object.entries(files))
    data.append(name, new Blob([new Uint8Array(bytes)]), name);
  return data;
}

async function ask(
  url: string,
  files: Files,
  fields: Readonly<Record<string, string>> = {},
): Promise<
  readonly [status: number, body: ScoreDocument & { readonly code?: string; readonly error?: unknown }]
> {
  const answer = await fetch(url, { method: 'POST', body: form(files, fields) });
  return [answer.status, (await answer.json()) as ScoreDocument];
}

async function refusal(...request: Parameters<typeof ask>): Promise<readonly [number, string | undefined]> {
  const [status, { code }] = await ask(...request);
  return [status, code];
}

/** The document of the library, with the clips under the names of the form and without its speed. */
async function expected(files: Files, registry: string, still = false): Promise<object> {
  const paths = { reference: join(folder, 'reference'), distorted: join(folder, 'distorted') };
  await writeFile(paths.reference, files['reference']!);
  await writeFile(paths.distorted, files['distorted']!);
  const { document } = await scoreClips({
    reference: paths.reference,
    distorted: [paths.distorted],
    selection: { skipReference: 0, skipDistorted: 0, subsample: 1 },
    colour: {},
    featuresFrom: [],
    environment: {},
    still,
    ...(registry === PINNED ? {} : { tinyModel: 'vmaf_tiny_lpips_sq_v1' }),
    models: { registry },
    version: VERSION,
    now: () => 0,
  });
  return comparable(JSON.parse(JSON.stringify(document).replaceAll(`${folder}/`, '')) as ScoreDocument);
}

function comparable(document: ScoreDocument): object {
  return { ...document, fps: 0 };
}

async function image(strength: number, width = WIDTH): Promise<Buffer> {
  const rgb = planes(2, strength).subarray(0, 3 * width * 33);
  return sharp(rgb, { raw: { width, height: 33, channels: 3 } })
    .png()
    .toBuffer();
}

/** The events of an answer, as they came. */
async function events(answer: Response): Promise<{ event: string; data: Record<string, unknown> }[]> {
  return (await answer.text())
    .split('\n\n')
    .filter((text) => text !== '')
    .map((text) => {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(text) as unknown as [string, string, string];
      return { event, data: JSON.parse(data) as Record<string, unknown> };
    });
}

test('two clips, Y4M or raw, have the document of the library', async () => {
  const url = await start({ featureThreads: 2 });
  const [status, document] = await ask(url, CLIPS);
  expect([status, comparable(document)]).toStrictEqual([200, await expected(CLIPS, PINNED)]);
  expect(document.frames).toHaveLength(6);
  const [, raw] = await ask(url, { reference: planes(6, 0), distorted: planes(6, 30) }, RAW);
  expect(raw.frames).toStrictEqual(document.frames);
});

test('two images: LPIPS, or with still the regressor', async () => {
  const registry = await lpipsRegistry();
  const images = { reference: await image(0), distorted: await image(40) };
  const [, distance] = await ask(await start({ registry }), images);
  expect(comparable(distance)).toStrictEqual(await expected(images, registry));
  const url = await start();
  const [, still] = await ask(url, images, { still: 'true' });
  expect(comparable(still)).toStrictEqual(await expected(images, PINNED, true));
  expect(await refusal(url, images)).toStrictEqual([503, 'MODEL_ABSENT']);
  expect(await refusal(url, images, { model: 'fr_regressor_v1' })).toStrictEqual([400, 'INVALID_REQUEST']);
  expect(await refusal(url, CLIPS, { still: 'true' })).toStrictEqual([400, 'BAD_INPUT']);
});

test('clips by LPIPS, where its model is named', async () => {
  const registry = await lpipsRegistry();
  const url = await start({ registry });
  const [, document] = await ask(url, CLIPS, { model: 'vmaf_tiny_lpips_sq_v1' });
  expect(comparable(document)).toStrictEqual(await expected(CLIPS, registry));
  expect(await refusal(url, CLIPS)).toStrictEqual([503, 'MODEL_ABSENT']);
});

test('events: progress that grows, then the result', async () => {
  const url = await start();
  const headers = { accept: 'text/event-stream' };
  const answer = await fetch(url, { method: 'POST', body: form(CLIPS), headers });
  expect([answer.status, answer.headers.get('content-type')]).toStrictEqual([200, 'text/event-stream']);
  const all = await events(answer);
  const result = all.pop();
  const [, document] = await ask(url, CLIPS);
  expect(result?.event).toBe('result');
  expect(comparable(result?.data as never)).toStrictEqual(comparable(document));
  expect(new Set(all.map(({ event }) => event))).toStrictEqual(new Set(['progress']));
  expect(all[0]?.data).toStrictEqual({ frames: 0, total: null });
  const frames = all.map(({ data }) => data['frames'] as number);
  expect(frames).toStrictEqual([...new Set(frames)].sort((a, b) => a - b));
});

test('events: what fails after the answer began is an event, what fails before is a status', async () => {
  const url = await start();
  const headers = { accept: 'text/event-stream' };
  const small = { reference: y4m(2, 0), distorted: y4m(2, 0, `W${HEIGHT} H${WIDTH} F25:1 C420`) };
  const late = await fetch(url, { method: 'POST', body: form(small), headers });
  expect((await events(late)).at(-1)).toMatchObject({ event: 'error', data: { code: 'MISMATCH' } });
  const early = await fetch(url, { method: 'POST', body: form({ reference: CLIPS.reference }), headers });
  expect([early.status, ((await early.json()) as { code: string }).code]).toStrictEqual([
    400,
    'INVALID_REQUEST',
  ]);
  const metrics = await (await fetch(url.replace('/v1/score', '/metrics'))).text();
  expect(metrics).toContain('vqforge_http_errors_total{code="MISMATCH"} 1');
});

test('a clip that ends inside a frame gives what was whole, and the file by its name in the form', async () => {
  const url = await start();
  const [status, document] = await ask(url, { ...CLIPS, distorted: CLIPS.distorted.subarray(0, -1) });
  expect([status, document.partial, document.frames.length]).toStrictEqual([200, true, 5]);
  expect(document.error).toMatchObject({
    code: 'TRUNCATED',
    message: expect.stringMatching(/^distorted ends/),
  });
});

test('what cannot be scored is refused with a code', async () => {
  const url = await start({ limits: { batch: 5, tensorBytes: 12 * WIDTH * (HEIGHT + 1) } });
  const { reference, distorted } = { reference: y4m(2, 0), distorted: y4m(2, 9) };
  const both = (clip: Buffer): Files => ({ reference: clip, distorted: clip });
  const mp4 = Buffer.from('\0\0\0\x20ftypisom');
  const playlist = Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n');
  expect(await refusal(url, CLIPS)).toStrictEqual([413, 'TOO_LARGE']);
  expect(await refusal(url, both(y4m(1, 0, 'W48 H48 C420')))).toStrictEqual([413, 'TOO_LARGE']);
  expect(await refusal(url, both(y4m(1, 0, 'W32 H60 C420')))).toStrictEqual([400, 'TOO_SMALL']);
  expect(await refusal(url, both(Buffer.from('YUV4MPEG2 W48 H40\n')))).toStrictEqual([400, 'NO_FRAMES']);
  expect(await refusal(url, { reference, distorted: y4m(1, 0) })).toStrictEqual([200, undefined]);
  expect(await refusal(url, { reference })).toStrictEqual([400, 'INVALID_REQUEST']);
  expect(await refusal(url, { reference, distorted: mp4 })).toStrictEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  expect(await refusal(url, { reference, distorted: playlist })).toStrictEqual([
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ]);
  expect(await refusal(url, { reference, distorted: await image(1) })).toStrictEqual([
    400,
    'INVALID_REQUEST',
  ]);
  const fields = async (values: Record<string, string>) => refusal(url, { reference, distorted }, values);
  expect(await fields({ widht: '48' })).toStrictEqual([400, 'INVALID_REQUEST']);
  expect(await fields({ width: '48' })).toStrictEqual([400, 'INVALID_REQUEST']);
  expect(await fields({ ...RAW, width: '-1' })).toStrictEqual([400, 'INVALID_REQUEST']);
  expect(await fields({ ...RAW, bitdepth: '9' })).toStrictEqual([400, 'INVALID_OPTION']);
  expect(await fields({ ...RAW, pixel_format: '__proto__' })).toStrictEqual([400, 'INVALID_OPTION']);
  expect(await fields({ still: 'yes' })).toStrictEqual([400, 'INVALID_REQUEST']);
  expect(await fields({ model: 'toString' })).toStrictEqual([404, 'UNKNOWN_MODEL']);
});

test('a client that goes away, and a time that is up, end the measuring', async () => {
  const clip = y4m(2000, 3);
  // far less than 2000 frames take anywhere; on a slow machine it is over before they are measured
  const impatient = await start({ limits: { timeoutMs: 20 } });
  expect([
    [504, 'RUN_TIMEOUT'],
    [503, 'QUEUE_TIMEOUT'],
  ]).toContainEqual(await refusal(impatient, { reference: clip, distorted: clip }));
  const url = await start();
  const metricsOf = async () => (await fetch(url.replace('/v1/score', '/metrics'))).text();
  const leaving = new AbortController();
  const headers = { accept: 'text/event-stream' };
  const body = form({ reference: clip, distorted: clip });
  const answer = await fetch(url, { method: 'POST', body, headers, signal: leaving.signal });
  const reader = answer.body!.getReader();
  await reader.read();
  leaving.abort();
  await reader.read().catch(() => undefined);
  await expect.poll(metricsOf, { timeout: 10_000 }).toContain('vqforge_http_errors_total{code="ABORTED"} 1');
  expect(await metricsOf()).toContain('vqforge_queue_running{model="clips"} 0');
});

test('damaged forms are answered with scores or a code, and leave nothing behind', async () => {
  const url = await start();
  const request = new Request(url, {
    method: 'POST',
    body: form({ reference: y4m(1, 0), distorted: y4m(1, 9) }, RAW),
  });
  const type = request.headers.get('content-type')!;
  const whole = Buffer.from(await request.arrayBuffer());
  const random = generator(5);
  for (let round = 0; round < 40; round++) {
    const body = Buffer.from(whole);
    // within headers and texts more often than within pixels
    for (let i = 0; i < 1 + 8 * random(); i++) body[Math.floor(random() ** 3 * body.length)] = 256 * random();
    const sent = random() < 0.3 ? body.subarray(0, body.length * random()) : body;
    const answer = await fetch(url, {
      method: 'POST',
      body: new Uint8Array(sent),
      headers: { 'content-type': type },
    });
    const document = (await answer.json()) as { code?: string; frames?: unknown[] };
    const isScored = answer.status === 200 && (document.frames?.length ?? 0) > 0;
    const isRefused = answer.status >= 400 && answer.status < 500 && typeof document.code === 'string';
    expect(isScored || isRefused).toBe(true);
  }
});

test.skipIf(!hasFfmpeg)(
  'containers are decoded by a server that was started so, and by no other',
  async () => {
    const [source, container] = [join(folder, 'clip.y4m'), join(folder, 'clip.mkv')];
    await writeFile(source, CLIPS.distorted);
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', source, '-c:v', 'ffv1', container]);
    const files = { ...CLIPS, distorted: await readFile(container) };
    expect(await refusal(await start(), files)).toStrictEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    const url = await start({ decodesContainers: true });
    const [, document] = await ask(url, files);
    expect(document.frames).toStrictEqual((await ask(url, CLIPS))[1].frames);
    const playlist = Buffer.from(`#EXTM3U\n#EXTINF:1,\nfile://${container}\n`);
    expect(await refusal(url, { ...CLIPS, distorted: playlist })).toStrictEqual([
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ]);
  },
);
