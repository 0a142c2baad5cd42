import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FrRegressor, Lpips } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';
import { type ModelServer, serve, type ServeOptions } from '@vqforge/serve';
import { imageToTensor } from '@vqforge/media';
import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import { generator } from '../../../testing/generator.ts';
import { codeOf, lpipsRegistry, regressorRegistry, tinyLpips } from '../../../testing/runtime-models.ts';
import { binaryBody } from './fake-model.ts';

const PINNED = fileURLToPath(new URL('../../../model/tiny', import.meta.url));
const servers: ModelServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options: Partial<ServeOptions> & Pick<ServeOptions, 'registry'>): Promise<ModelServer> {
  const server = await serve({ port: 0, graceMs: 100, ...options });
  servers.push(server);
  return server;
}

async function post(url: string, body: Buffer | string | FormData, headers: Record<string, string> = {}) {
  const type = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
  return fetch(url, {
    method: 'POST',
    body: body as NonNullable<RequestInit['body']>,
    headers: { ...type, ...headers },
  });
}

function featuresRequest(features: ArrayLike<number>, datatype = 'FP32'): object {
  const data = Array.from(features);
  return { inputs: [{ name: 'features', datatype, shape: [data.length / 6, 6], data }] };
}

test('the pinned regressor answers over HTTP what it answers in the library, in JSON and in bytes', async () => {
  const { url } = await start({ registry: PINNED, models: ['fr_regressor_v1'] });
  const model = await openModel({ registry: PINNED, model: 'fr_regressor_v1' });
  const random = generator(5);
  const features = Float64Array.from({ length: 50 * 6 }, () => 3 * random());
  const expected = await FrRegressor.of(model).score(features);
  const infer = `${url}/v2/models/fr_regressor_v1/versions/${model.digest}/infer`;
  const plain = await (await post(infer, JSON.stringify(featuresRequest(features, 'FP64')))).json();
  expect(plain).toStrictEqual({
    model_name: 'fr_regressor_v1',
    model_version: model.digest,
    parameters: { out_of_range: expected.outOfRange, beyond_probes: expected.beyondProbes },
    outputs: [
      { name: 'score', datatype: 'FP32', shape: [50], data: [...expected.scores] },
      { name: 'trust', datatype: 'UINT8', shape: [50], data: [...expected.trust] },
    ],
  });
  // features up to 3 are beyond anything that training saw: the graph itself clips what it says of them
  expect(expected.scores.every((score) => score >= 0 && score <= 100)).toBe(true);
  expect(expected.beyondProbes).toBeGreaterThan(0);
  const input = {
    name: 'features',
    datatype: 'FP64',
    shape: [50, 6],
    parameters: { binary_data_size: 2400 },
  };
  const { body, length } = binaryBody(
    { inputs: [input], outputs: [{ name: 'score', parameters: { binary_data: true } }] },
    new Uint8Array(features.buffer),
  );
  const binary = await post(infer, body, { 'inference-header-content-length': length });
  const answer = await binary.arrayBuffer();
  const head = Number(binary.headers.get('inference-header-content-length'));
  expect(new Float32Array(answer.slice(head))).toStrictEqual(expected.scores);
  await model.close();
});

test('a table sent all at once, in many requests, gets each row its own score', async () => {
  const { url } = await start({ registry: PINNED, models: ['fr_regressor_v1'] });
  const model = await openModel({ registry: PINNED, model: 'fr_regressor_v1' });
  const random = generator(6);
  const rows = Array.from({ length: 100 }, () => Float32Array.from({ length: 6 }, random));
  const answers = await Promise.all(
    rows.map(async (row) => {
      const answer = await post(
        `${url}/v2/models/fr_regressor_v1/infer`,
        JSON.stringify(featuresRequest(row)),
      );
      return ((await answer.json()) as { outputs: { data: number[] }[] }).outputs[0]?.data[0];
    }),
  );
  const expected = await FrRegressor.of(model).score(Float32Array.from(rows.flatMap((row) => [...row])));
  expect(answers).toStrictEqual([...expected.scores]);
  await model.close();
});

test('NaN and infinity in bytes are refused, naming row and feature', async () => {
  const { url } = await start({ registry: PINNED, models: ['fr_regressor_v1'] });
  const values = new Float32Array(12).fill(0.5);
  values[8] = NaN;
  const input = { name: 'features', datatype: 'FP32', shape: [2, 6], parameters: { binary_data_size: 48 } };
  const { body, length } = binaryBody({ inputs: [input] }, new Uint8Array(values.buffer));
  const answer = await post(`${url}/v2/models/fr_regressor_v1/infer`, body, {
    'inference-header-content-length': length,
  });
  expect([answer.status, await answer.json()]).toStrictEqual([
    400,
    { code: 'NOT_FINITE', error: 'vif_scale1 of row 1 is NaN; drop the row' },
  ]);
});

/** A PNG of noise, and its pixels. */
async function noisePng(seed: number, width: number, height: number) {
  const random = generator(seed);
  const rgb = Uint8Array.from({ length: 3 * width * height }, () => 256 * random());
  return {
    width,
    height,
    rgb,
    png: await sharp(rgb, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer(),
  };
}

function form(files: Readonly<Record<string, Uint8Array>>): FormData {
  const data = new FormData();
  for (const [name, bytes] of Object.entries(files))
    data.append(name, new Blob([new Uint8Array(bytes)]), name);
  return data;
}

test('LPIPS of two images and of their tensors is what the library gives, with a heat map on request', async () => {
  const registry = await lpipsRegistry();
  const { url, models } = await start({ registry, concurrency: 2 });
  expect(models).toStrictEqual(['vmaf_tiny_lpips_sq_v1']);
  const [a, b] = [await noisePng(1, 33, 24), await noisePng(2, 33, 24)];
  const model = await openModel({ registry, model: 'vmaf_tiny_lpips_sq_v1' });
  const [ref, dist] = [imageToTensor(a), imageToTensor(b)];
  const [expected] = await Lpips.of(model).score(ref, dist, { width: 33, height: 24, count: 1 });
  const images = form({ reference: a.png, distorted: b.png });
  expect(await (await post(`${url}/v1/lpips`, images)).json()).toStrictEqual({
    model: 'vmaf_tiny_lpips_sq_v1',
    digest: model.digest,
    provider: 'cpu',
    width: 33,
    height: 24,
    distance: expected,
  });
  const map = await post(`${url}/v1/lpips`, form({ reference: a.png, distorted: b.png }), {
    accept: 'image/png',
  });
  expect(Number(map.headers.get('x-lpips-distance'))).toBe(expected);
  const heat = await sharp(Buffer.from(await map.arrayBuffer())).metadata();
  expect([heat.width, heat.height, heat.format]).toStrictEqual([33, 24, 'png']);
  const tensor = (name: string) => ({
    name,
    datatype: 'FP32',
    shape: [1, 3, 24, 33],
    parameters: { binary_data_size: ref.byteLength },
  });
  const { body, length } = binaryBody(
    { inputs: [tensor('dist'), tensor('ref')], outputs: [{ name: 'score' }] },
    new Uint8Array(dist.buffer),
    new Uint8Array(ref.buffer),
  );
  const answers = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const headers = { 'inference-header-content-length': length };
      return (await post(`${url}/v2/models/vmaf_tiny_lpips_sq_v1/infer`, body, headers)).json();
    }),
  );
  for (const answer of answers) expect(answer).toMatchObject({ outputs: [{ shape: [1], data: [expected] }] });
  await model.close();
});

test('images that cannot be compared are refused with a reason', async () => {
  const { url } = await start({ registry: await lpipsRegistry(), limits: { tensorBytes: 12 * 64 * 64 } });
  const [small, wide, tiny] = [await noisePng(1, 33, 24), await noisePng(2, 65, 64), await noisePng(3, 3, 3)];
  const refusal = async (files: Record<string, Uint8Array>) => {
    const answer = await post(`${url}/v1/lpips`, form(files));
    return [answer.status, ((await answer.json()) as { code: string }).code];
  };
  const reference = small.png;
  const cut = small.png.subarray(0, 200);
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="33" height="24"/>');
  expect(await refusal({ reference })).toStrictEqual([400, 'INVALID_REQUEST']);
  expect(await refusal({ reference, distorted: Buffer.from('text') })).toStrictEqual([400, 'INVALID_IMAGE']);
  expect(await refusal({ reference, distorted: svg })).toStrictEqual([400, 'INVALID_IMAGE']);
  expect(await refusal({ reference, distorted: cut })).toStrictEqual([400, 'MALFORMED']);
  expect(await refusal({ reference, distorted: tiny.png })).toStrictEqual([400, 'INVALID_IMAGE']);
  expect(await refusal({ reference: tiny.png, distorted: tiny.png })).toStrictEqual([400, 'TOO_SMALL']);
  expect(await refusal({ reference, distorted: wide.png })).toStrictEqual([413, 'TOO_LARGE']);
  expect(await refusal({ reference, distorted: reference, third: reference })).toStrictEqual([
    413,
    'TOO_LARGE',
  ]);
});

test('tensors of images that cannot be compared are refused before they wait', async () => {
  const { url } = await start({ registry: await lpipsRegistry() });
  const refusal = async (ref: number[], dist: number[]) => {
    const input = (name: string, shape: number[]) => {
      const count = shape.reduce((product, dim) => product * dim, 1);
      return { name, datatype: 'FP32', shape, data: Array.from({ length: count }, () => 0) };
    };
    const body = JSON.stringify({ inputs: [input('ref', ref), input('dist', dist)] });
    const answer = await post(`${url}/v2/models/vmaf_tiny_lpips_sq_v1/infer`, body);
    return ((await answer.json()) as { code?: string }).code;
  };
  expect(await refusal([1, 3, 20, 20], [2, 3, 20, 20])).toBeUndefined();
  expect(await refusal([1, 3, 20, 20], [1, 3, 20, 21])).toBe('INVALID_TENSOR');
  expect(await refusal([2, 3, 20, 20], [1, 3, 20, 20])).toBe('INVALID_TENSOR');
  expect(await refusal([2, 3, 20, 20], [3, 3, 20, 20])).toBe('INVALID_TENSOR');
  expect(await refusal([1, 3, 16, 400], [1, 3, 16, 400])).toBe('INVALID_TENSOR');
});

/** A request for LPIPS with its tensors as bytes. */
function tensorRequest(
  tensors: Readonly<Record<string, { readonly shape: number[]; readonly data: Float32Array | Uint8Array }>>,
  parameters: object = {},
) {
  const inputs = Object.entries(tensors).map(([name, { shape, data }]) => ({
    name,
    datatype: data instanceof Uint8Array ? 'UINT8' : 'FP32',
    shape,
    parameters: { ...parameters, binary_data_size: data.byteLength },
  }));
  const bytes = Object.values(tensors).map(
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  const { body, length } = binaryBody({ inputs, outputs: [{ name: 'score' }] }, ...bytes);
  return [body, { 'inference-header-content-length': length }] as const;
}

test('images beyond the memory of one run are computed in several, a pair beyond it is refused', async () => {
  // the least that LPIPS runs in: two images of 512 × 512 beside 400 MiB and the bodies
  const limits = { memoryBytes: 514 * 2 ** 20, pendingBytes: 2 ** 20 };
  const { url } = await start({ registry: await lpipsRegistry(), limits });
  const infer = `${url}/v2/models/vmaf_tiny_lpips_sq_v1/infer`;
  const random = generator(8);
  const image = (count: number, side: number) => ({
    shape: [count, 3, side, side],
    data: Float32Array.from({ length: 3 * count * side * side }, () => random() - 0.5),
  });
  const [ref, dist] = [image(1, 256), image(16, 256)];
  const scoresOf = async (part: { shape: number[]; data: Float32Array }) => {
    const answer = (await (await post(infer, ...tensorRequest({ ref, dist: part }))).json()) as {
      outputs: { data: number[] }[];
    };
    return answer.outputs[0]?.data as number[];
  };
  const together = await scoresOf(dist);
  expect(together).toHaveLength(16);
  for (const n of [0, 7, 15]) {
    const size = 3 * 256 * 256;
    const alone = { shape: [1, 3, 256, 256], data: dist.data.slice(n * size, (n + 1) * size) };
    // the same sums in another order: float32 rounding of values below 1
    expect((await scoresOf(alone))[0]).toBeCloseTo(together[n] as number, 5);
  }
  const large = image(1, 520);
  const refused = await post(infer, ...tensorRequest({ ref: large, dist: large }));
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toStrictEqual([
    413,
    'TOO_LARGE',
  ]);
  expect(await codeOf(() => serve({ registry: PINNED, port: 0, limits: { memoryBytes: 2 ** 29 } }))).toBe(
    'INVALID_LIMITS',
  );
});

test('LPIPS of bytes and of values in a range is that of the images; other values are refused', async () => {
  const { url } = await start({ registry: await lpipsRegistry() });
  const infer = `${url}/v2/models/vmaf_tiny_lpips_sq_v1/infer`;
  const [a, b] = [await noisePng(1, 120, 100), await noisePng(2, 120, 100)];
  const images = await post(`${url}/v1/lpips`, form({ reference: a.png, distorted: b.png }));
  const { distance } = (await images.json()) as { distance: number };
  const shape = [1, 3, 100, 120];
  const planes = ({ rgb }: { rgb: Uint8Array }) =>
    Uint8Array.from(rgb, (_, i) => rgb[3 * (i % 12_000) + Math.floor(i / 12_000)] as number);
  const ask = async (valueOf: (plane: Uint8Array) => Float32Array | Uint8Array, parameters: object = {}) => {
    const [ref, dist] = [planes(a), planes(b)].map((plane) => ({ shape, data: valueOf(plane) }));
    const tensors = { ref, dist } as Parameters<typeof tensorRequest>[0];
    const answer = await post(infer, ...tensorRequest(tensors, parameters));
    return (await answer.json()) as { outputs?: { data: number[] }[]; code?: string; error?: string };
  };
  const range = (low: number, high: number) => (plane: Uint8Array) =>
    Float32Array.from(plane, (value) => low + (value / 255) * (high - low));
  // bytes go through the same table as files
  expect((await ask((plane) => plane)).outputs?.[0]?.data).toStrictEqual([distance]);
  for (const [low, high] of [
    [0, 1],
    [-1, 1],
    [0, 255],
  ] as const) {
    const { outputs } = await ask(range(low, high), { input_range: [low, high] });
    // values of a range were rounded to float32 once more
    expect(outputs?.[0]?.data[0]).toBeCloseTo(distance, 5);
  }
  const wrong = await ask(range(0, 255));
  expect([wrong.code, wrong.error]).toStrictEqual([
    'INVALID_TENSOR',
    expect.stringContaining('look like pixels of 0 to 255'),
  ]);
});

test('a model that is pinned and not shipped is absent unless it was asked for', async () => {
  const registry = await lpipsRegistry('lpips_v1');
  const file = join(registry, 'registry.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"opset"', '"shipped": false, "opset"'));
  await rm(join(registry, 'lpips_v1.onnx'));
  const { url, models, absent } = await start({ registry });
  expect([models, absent.map(({ name }) => name)]).toStrictEqual([[], ['lpips_v1']]);
  const answer = await post(`${url}/v2/models/lpips_v1/infer`, '{}');
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'MODEL_ABSENT' }]);
  expect(await codeOf(() => serve({ registry, models: ['lpips_v1'], port: 0 }))).toBe('NOT_SHIPPED');
});

test('altered bytes and unknown ids are refused before anything listens', async () => {
  const registry = await regressorRegistry();
  expect(await codeOf(() => serve({ registry, models: ['other_v1'], port: 0 }))).toBe('UNKNOWN_ID');
  await writeFile(join(registry, 'linear_v1.onnx'), tinyLpips());
  expect(await codeOf(() => serve({ registry, port: 0 }))).toBe('DIGEST_MISMATCH');
});

test('a port that is taken is an error of its own', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  const registry = await regressorRegistry();
  expect(await codeOf(() => serve({ registry, port }))).toBe('CANNOT_LISTEN');
  await new Promise((resolve) => taken.close(resolve));
});

/** Sends text as it is; resolves with all that comes until the server closes. */
function raw(url: string, ...parts: string[]): { socket: Socket; answer: Promise<string> } {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  for (const part of parts) socket.write(part);
  const answer = new Promise<string>((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  return { socket, answer };
}

test('a client that sends too slowly is cut off, one that sends too much reads why', async () => {
  const { url } = await start({
    registry: await regressorRegistry(),
    limits: { receiveMs: 300, bodyBytes: 1000 },
  });
  const path = '/v2/models/linear_v1/infer HTTP/1.1\r\nHost: localhost\r\n';
  const slow = raw(url, `POST ${path}Content-Length: 500\r\n\r\n{`);
  const long = raw(url, `POST ${path}Content-Length: 9999999\r\n\r\n`, 'x'.repeat(100_000));
  const endless = raw(
    url,
    `POST ${path}Transfer-Encoding: chunked\r\n\r\n`,
    `fffff\r\n${'x'.repeat(50_000)}`,
  );
  expect(await slow.answer).toContain('408');
  expect(await long.answer).toContain('413');
  expect(await endless.answer).toContain('413');
});

test('an answer before the end of a request does not end what the client still sends', async () => {
  const { url } = await start({ registry: await regressorRegistry(), limits: { bodyBytes: 1000 } });
  const rest = Buffer.alloc(2 ** 20);
  for (const connection of ['close', 'keep-alive']) {
    const { socket } = raw(
      url,
      `POST /v2/models/linear_v1/infer HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\nContent-Length: ${8 * rest.length}\r\n\r\n`,
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toContain('413');
    for (let sent = 0; sent < 8; sent++)
      await new Promise<void>((resolve, reject) => {
        socket.write(rest, (error) => (error ? reject(error) : resolve()));
      });
    socket.destroy();
  }
});

test('told to stop, it answers what is under way and what comes on open connections', async () => {
  const server = await start({ registry: await regressorRegistry(), graceMs: 300 });
  const input = { name: 'features', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
  const body = JSON.stringify({ inputs: [input] });
  const head = `POST /v2/models/linear_v1/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`;
  const halfSent = raw(server.url, head, body.slice(0, 10));
  const idle = raw(server.url, 'GET /v2/health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => idle.socket.once('data', resolve));
  const closing = server.close();
  idle.socket.write(head + body);
  setTimeout(() => halfSent.socket.write(body.slice(10)), 600);
  const answers = [await idle.answer, await halfSent.answer];
  await closing;
  expect(answers[0]).toContain('{"ready":true}');
  for (const answer of answers) {
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(answer).toContain('"model_name":"linear_v1"');
  }
  await expect(fetch(`${server.url}/v2`)).rejects.toThrow('fetch failed');
});

test('told to stop, it does not wait for connections on which nothing comes', async () => {
  const server = await start({ registry: await regressorRegistry() });
  const never = raw(server.url);
  const half = raw(server.url, 'GET /v2 HTTP/1.1\r\nHo');
  const idle = raw(server.url, 'GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => idle.socket.once('data', resolve));
  await server.close();
  expect([await never.answer, await half.answer]).toStrictEqual(['', '']);
  expect(await idle.answer).toContain('"name":"vqforge"');
});

test('other machines are warned about when there is no token', async () => {
  const lines: string[] = [];
  const log = { level: 'warn', stream: { write: (line: string) => lines.push(line) } } as const;
  const registry = await regressorRegistry();
  await start({ registry, host: '0.0.0.0', log });
  await start({ registry, host: '0.0.0.0', log, token: 'a-token-of-some-length' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('demands no token');
});

const real = join(PINNED, 'lpips_sq_maps.onnx');
test.skipIf(!existsSync(real))(
  'the pinned LPIPS models serve images (skipped where they are not)',
  async () => {
    const { url } = await start({ registry: PINNED });
    const [a, b] = [await noisePng(1, 40, 36), await noisePng(2, 40, 36)];
    const ask = async (headers: Record<string, string>) =>
      post(`${url}/v1/lpips`, form({ reference: a.png, distorted: b.png }), headers);
    const plain = (await (await ask({})).json()) as { model: string; distance: number };
    const map = await ask({ accept: 'image/png' });
    expect(plain.model).toBe('vmaf_tiny_lpips_sq_v1');
    // the same sums in another order: float32 rounding of values below 1
    expect(Number(map.headers.get('x-lpips-distance'))).toBeCloseTo(plain.distance, 6);
  },
);
