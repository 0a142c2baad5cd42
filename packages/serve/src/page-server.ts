import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ServerError, statusOf } from './errors.ts';
import { hostCheck } from './host-names.ts';

/** What is served beside the page. */
export interface PageOptions {
  /** Folder of the built page. */
  readonly page: string;
  /** Clips that the page opens when it is loaded. */
  readonly clips?: readonly string[];
  /** Model files that the page may ask for and checks against its own pins, such as lpips_sq.onnx. */
  readonly models?: readonly string[];
  /** 0 takes a free one. Default: 0. */
  readonly port?: number;
}

/** A page that is served on the loopback address. */
export interface PageServer {
  /** Such as `http://127.0.0.1:8123/`. */
  readonly url: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Threads need isolation; the policy says the same as the page's own, and that no other page may frame it. */
const HEADERS: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.mjs', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json'],
  ['.svg', 'image/svg+xml'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.wasm', 'application/wasm'],
]);

/**
 * Serves the built page, the clips and the model files that are named, to this machine alone: on 127.0.0.1, to requests whose Host
 * is this machine, by GET and HEAD. What is served is listed when it starts; no path leads to another file.
 *
 * @throws ServerError NOT_FOUND for a file that is not there; CANNOT_LISTEN
 */
export async function servePage({
  page,
  clips = [],
  models = [],
  port = 0,
}: PageOptions): Promise<PageServer> {
  const files = new Map<string, string>();
  for (const path of await filesBelow(page)) files.set(`/${path}`, join(page, path));
  files.set('/', join(page, 'index.html'));
  const list = (paths: readonly string[], folder: string): Promise<object[]> =>
    Promise.all(
      paths.map(async (path, at) => {
        const url = `local/${folder}/${at}`;
        files.set(`/${url}`, path);
        return { name: basename(path), url, size: await sizeOf(path) };
      }),
    );
  const local = JSON.stringify({ clips: await list(clips, 'clips'), models: await list(models, 'models') });
  const checkHost = hostCheck({ host: HOST, hasToken: false });
  const server = createServer((request, response) => {
    answer(request, response, { files, local, checkHost }).catch((error: unknown) => refuse(response, error));
  });
  const url = await listen(server, port);
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Served {
  /** By path of the URL. */
  readonly files: ReadonlyMap<string, string>;
  /** What is given to the page beside its own files, as JSON. */
  readonly local: string;
  readonly checkHost: ReturnType<typeof hostCheck>;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { files, local, checkHost }: Served,
): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  checkHost(request);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    throw new ServerError('METHOD_NOT_ALLOWED', 'this server answers GET and HEAD');
  }
  const path = (request.url ?? '').replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  if (path === '/local/files.json') {
    response.setHeader('content-type', 'application/json');
    response.setHeader('cache-control', 'no-store');
    response.end(request.method === 'HEAD' ? undefined : local);
    return;
  }
  const file = files.get(path);
  if (file === undefined) throw new ServerError('NOT_FOUND', 'nothing is served at this path');
  response.setHeader('content-type', TYPES.get(extname(file)) ?? 'application/octet-stream');
  // names under assets/ hold a digest of what they name
  response.setHeader(
    'cache-control',
    path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  );
  await sendFile(request, response, file);
}

/** The file, or the one range of it that is asked for. */
async function sendFile(request: IncomingMessage, response: ServerResponse, file: string): Promise<void> {
  const size = await sizeOf(file);
  const range = rangeOf(request.headers.range, size);
  response.setHeader('accept-ranges', 'bytes');
  if (range === null) {
    response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  response.statusCode = range === undefined ? 200 : 206;
  response.setHeader('content-length', end - start + 1);
  if (range !== undefined) response.setHeader('content-range', `bytes ${start}-${end}/${size}`);
  if (request.method === 'HEAD' || end < start) {
    response.end();
    return;
  }
  // a client that goes away ends the reading
  await pipeline(createReadStream(file, { start, end }), response).catch(() => response.destroy());
}

/** Undefined for the whole file, null for a range that it does not have; several ranges are the whole file, as HTTP allows. */
function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | null | undefined {
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})?$/.exec(header ?? '') ?? [];
  if (first === undefined) return undefined;
  const start = Number(first);
  const end = Math.min(size - 1, last === undefined ? Infinity : Number(last));
  return start <= end ? { start, end } : null;
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = error instanceof ServerError ? statusOf(error.code) : 500;
  const message = error instanceof ServerError ? error.message : 'the file cannot be read';
  response.removeHeader('content-length');
  response
    .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
    .end(`${message}\n`);
}

/** Paths of all files below a folder, with forward slashes. @throws ServerError NOT_FOUND */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (entries === undefined)
    throw new ServerError('NOT_FOUND', `${folder} is no folder of a built page; run npm run build`);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/').replace(/^\/+/, ''),
    );
}

/** @throws ServerError NOT_FOUND */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return found.size;
  throw new ServerError('NOT_FOUND', `${path} is no file that can be read`);
}

/** @throws ServerError CANNOT_LISTEN */
async function listen(server: Server, port: number): Promise<string> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, HOST, resolve);
    });
  } catch (error) {
    throw new ServerError('CANNOT_LISTEN', `port ${port} of ${HOST}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return `http://${HOST}:${(server.address() as AddressInfo).port}/`;
}
