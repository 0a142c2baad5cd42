import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request; the list of a path's answers is used up, its last one for ever. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on the loopback interface that answers as the test says, and remembers what it was asked. */
export interface WeightsServer {
  readonly url: string;
  /** Request ranges in order, '' for the whole file. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function startServer(
  paths: Readonly<Record<string, readonly Answer[]>>,
): Promise<WeightsServer> {
  const asked: string[] = [];
  const count: Record<string, number> = {};
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? '';
    asked.push(request.headers.range ?? '');
    const answers = paths[path] ?? [status(404)];
    const turn = Math.min(count[path] ?? 0, answers.length - 1);
    count[path] = turn + 1;
    answers[turn]?.(request, response);
  };
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The file, or the part that is asked for. */
export function send(bytes: Uint8Array): Answer {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from >= bytes.length) {
      response.writeHead(416).end();
      return;
    }
    const range = from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length - from, ...range });
    response.end(bytes.subarray(from));
  };
}

/** The whole file, whatever was asked for. */
export function sendWhole(bytes: Uint8Array): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  };
}

/** Promises the whole rest, sends `some` bytes of it, and hangs up. */
export function truncate(bytes: Uint8Array, some: number): Answer {
  return partly(bytes, some, (response) => response.destroy());
}

/** Promises the whole rest, sends `some` bytes of it, and says no more. */
export function stall(bytes: Uint8Array, some: number): Answer {
  return partly(bytes, some, () => undefined);
}

export function status(code: number): Answer {
  return (_request, response) => {
    response.writeHead(code).end();
  };
}

export function redirect(to: string): Answer {
  return (_request, response) => {
    response.writeHead(302, { location: to }).end();
  };
}

/** Never an end: `piece` again and again, every few milliseconds. */
export function endless(piece: Uint8Array, milliseconds: number): Answer {
  return (_request, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(piece), milliseconds);
    response.on('close', () => clearInterval(timer));
  };
}

function partly(bytes: Uint8Array, some: number, end: (response: ServerResponse) => void): Answer {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length - from, ...range });
    response.write(bytes.subarray(from, from + some), () => setTimeout(() => end(response), 20));
  };
}
