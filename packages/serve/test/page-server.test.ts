import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage, type RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servePage, type PageServer } from '@vqforge/serve';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CLIP = Buffer.from('YUV4MPEG2 and so on');
let folder: string;
let server: PageServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-page-'));
  await mkdir(join(folder, 'page', 'assets'), { recursive: true });
  const files = {
    'page/index.html': '<!doctype html>',
    'page/assets/index-1.js': 'export {}',
    'clip "1".y4m': CLIP,
    'empty.y4m': '',
    'lpips_sq.onnx': 'model',
    'secret.txt': 'secret',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  server = await servePage({
    page: join(folder, 'page'),
    clips: [join(folder, 'clip "1".y4m'), join(folder, 'empty.y4m')],
    models: [join(folder, 'lpips_sq.onnx')],
  });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** Paths go as they are: fetch would resolve the dots of one. */
async function ask(
  path: string,
  options: RequestOptions = {},
): Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: new URL(server.url).port, path, ...options },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode!,
            body: Buffer.concat(chunks).toString(),
            headers: answer.headers,
          }),
        );
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

describe('the server of the page', () => {
  test.each([
    ['/', '<!doctype html>', 'text/html; charset=utf-8', 'no-cache'],
    ['/index.html?local', '<!doctype html>', 'text/html; charset=utf-8', 'no-cache'],
    [
      '/assets/index-1.js',
      'export {}',
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ],
    ['/local/clips/0', CLIP.toString(), 'application/octet-stream', 'no-cache'],
    ['/local/clips/1', '', 'application/octet-stream', 'no-cache'],
    ['/local/models/0', 'model', 'application/octet-stream', 'no-cache'],
  ])('%s, isolated and under the policy', async (path, body, type, caching) => {
    const answer = await ask(path);
    expect(answer).toMatchObject({ status: 200, body });
    expect(answer.headers).toMatchObject({
      'content-type': type,
      'cache-control': caching,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers['content-security-policy']).toMatch(
      /^default-src 'none'; .*frame-ancestors 'none'$/,
    );
  });

  test('lists the clips and models that it was given', async () => {
    const { body } = await ask('/local/files.json');
    expect(JSON.parse(body)).toEqual({
      clips: [
        { name: 'clip "1".y4m', url: 'local/clips/0', size: CLIP.length },
        { name: 'empty.y4m', url: 'local/clips/1', size: 0 },
      ],
      models: [{ name: 'lpips_sq.onnx', url: 'local/models/0', size: 5 }],
    });
  });

  test.each([
    ['bytes=0-8', 206, 'YUV4MPEG2', 'bytes 0-8/19'],
    ['bytes=16-', 206, ' on', 'bytes 16-18/19'],
    ['bytes=0-999', 206, CLIP.toString(), 'bytes 0-18/19'],
    ['bytes=19-', 416, '', 'bytes */19'],
    ['bytes=5-2', 416, '', 'bytes */19'],
    ['bytes=0-1,3-4', 200, CLIP.toString(), undefined],
    ['lines=0-1', 200, CLIP.toString(), undefined],
  ])('range %s', async (range, status, body, contentRange) => {
    const answer = await ask('/local/clips/0', { headers: { range } });
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(body);
    expect(answer.headers['content-range']).toBe(contentRange);
  });

  test.each([
    '/secret.txt',
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/local/clips/2',
    '/local/clips/__proto__',
    '/local/models/../../secret.txt',
    '//etc/passwd',
  ])('%s leads nowhere', async (path) => {
    const { status, body } = await ask(path);
    expect([status, body.includes('secret')]).toEqual([404, false]);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is not answered', async (method) => {
    const { status, headers } = await ask('/', { method });
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  test.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'a b'])(
    'a request that is meant for %j is refused',
    async (host) => {
      const { status, body } = await ask('/local/clips/0', { headers: { host } });
      expect([400, 421]).toContain(status);
      expect(body).not.toContain('YUV4MPEG2');
    },
  );

  test('HEAD has the length and no body', async () => {
    const { status, body, headers } = await ask('/local/clips/0', { method: 'HEAD' });
    expect([status, body, headers['content-length']]).toEqual([200, '', '19']);
  });

  test('a file that is not there is said before it starts', async () => {
    const page = join(folder, 'page');
    await expect(servePage({ page, clips: [join(folder, 'none.y4m')] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(servePage({ page: join(folder, 'none') })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
