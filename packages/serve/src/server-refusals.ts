import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { type ErrorAnswer, errorAnswer, protocolError } from './error-answer.ts';
import { ServerError, statusOf } from './errors.ts';
import type { Metrics } from './metrics.ts';
import type { ServerContext } from './server-context.ts';

/**
 * Answers a connection whose bytes are no request, in the form of every other error; then the connection ends.
 *
 * @see https://nodejs.org/api/http.html#event-clienterror
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  { connections, metrics }: Pick<ServerContext, 'connections' | 'metrics'>,
): void {
  const isGone = error.code === 'ECONNRESET' || !socket.writable || socket.destroyed;
  // nothing may be written into an answer or after it
  const isAnswered =
    connections.wasAnsweredEarly(socket) ||
    (socket as { _httpMessage?: ServerResponse })._httpMessage?.headersSent === true;
  if (isGone || isAnswered) socket.destroy();
  else endWith(socket, protocolError(error), metrics);
}

/** Counts and logs a request that is refused or failed. @returns the answer to the client */
export function recordRefusal(
  { metrics }: Pick<ServerContext, 'metrics'>,
  error: unknown,
  { method, routeOptions, log }: FastifyRequest,
): ErrorAnswer {
  const answer = errorAnswer(error);
  const { status, code, message } = answer;
  metrics.refused(code);
  const facts = { method, route: routeOptions.url ?? 'none', status, code };
  // a client that has gone gets no answer, and is no fault of the server
  if (code === 'ABORTED') log.debug(facts, 'given up');
  // 503 is for the client to act on, 500 and 504 for the operator of the server
  else if (status >= 500 && status !== 503) log.error({ ...facts, err: error }, 'failed');
  else log.info({ ...facts, reason: message }, 'refused');
  return answer;
}

/** Requests that Node answers itself unless there is a listener, and then without a body. */
export function answerUnusualRequests(server: Server, metrics: Pick<Metrics, 'refused'>): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const error = new ServerError(
      'EXPECTATION_FAILED',
      `expect: got ${JSON.stringify(String(request.headers.expect).slice(0, 64))}, expected 100-continue or nothing`,
    );
    metrics.refused(error.code);
    const body = bodyOf(error);
    const headers = {
      'content-type': JSON_TYPE,
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    };
    response.writeHead(statusOf(error.code), headers).end(body);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    endWith(
      socket,
      new ServerError('METHOD_NOT_ALLOWED', 'this server is no proxy: CONNECT is refused'),
      metrics,
    );
  });
}

const JSON_TYPE = 'application/json; charset=utf-8';

function bodyOf({ code, message }: ServerError): string {
  return JSON.stringify({ error: message, code });
}

function endWith(socket: Duplex, error: ServerError, metrics: Pick<Metrics, 'refused'>): void {
  metrics.refused(error.code);
  const status = statusOf(error.code);
  const body = bodyOf(error);
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
