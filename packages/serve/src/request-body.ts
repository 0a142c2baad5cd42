import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ByteShare, SMALL_BODY } from './byte-budget.ts';
import { ServerError } from './errors.ts';
import type { ServerContext } from './server-context.ts';

export interface ReceivedBody {
  readonly bytes: Buffer<ArrayBuffer>;
  /** What the request holds, until its answer is sent. */
  readonly share: ByteShare;
  /** When it was whole, on the clock of the server: the time limit of the answer begins here. */
  readonly wholeAt: number;
}

/** Lists the memory that moves to a thread with a body: memory of its own, which small bodies have not. */
export function transferable(bytes: Buffer<ArrayBuffer>): ArrayBuffer[] {
  return bytes.length > SMALL_BODY ? [bytes.buffer] : [];
}

/**
 * A small body that has come whole, which most do in the turn of the event loop that brings their head: no event is waited for,
 * and nothing is charged, as it is answered within the turn.
 *
 * @returns undefined for a body that is not whole yet, or large; `readBody` reads it then
 */
export function arrivedBody(request: IncomingMessage): Buffer | undefined {
  if (!request.complete || request.readableLength > SMALL_BODY) return undefined;
  return (request.read() as Buffer | null) ?? Buffer.alloc(0);
}

/**
 * The whole body of a request. Its bytes are charged as they come and given back when the answer is sent or the client
 * has gone; no more than `bodyBytes` are ever kept, however the body is sent.
 *
 * @throws ServerError TOO_LARGE | QUEUE_FULL | RECEIVE_TIMEOUT | ABORTED
 */
export function readBody(
  { raw }: FastifyRequest,
  reply: FastifyReply,
  { limits: { bodyBytes }, budget, connections, now }: ServerContext,
): Promise<ReceivedBody> {
  return new Promise((resolve, reject) => {
    const declared = Number(raw.headers['content-length'] ?? bodyBytes);
    let body: Buffer<ArrayBuffer> | undefined;
    let length = 0;
    const share = budget.open((error) => fail(error));
    const stop = (): void => {
      raw.off('data', take).off('end', end).off('close', gone);
    };
    const fail = (error: unknown): void => {
      stop();
      body = undefined;
      share.release();
      // what still comes is dropped
      raw.resume();
      reject(error);
    };
    const take = (chunk: Buffer<ArrayBuffer>): void => {
      const start = length;
      length += chunk.length;
      try {
        if (length > bodyBytes) throw bodyTooLarge(length, bodyBytes);
        share.add(chunk.length);
      } catch (error) {
        return fail(error);
      }
      // a large one gets memory of its own, which may go to a thread
      if (body === undefined && length <= SMALL_BODY) body = chunk;
      else {
        if (body === undefined || length > body.length) body = grown(body, start, length, declared);
        body.set(chunk, start);
      }
    };
    const end = (): void => {
      stop();
      share.complete();
      const bytes = body === undefined ? Buffer.alloc(0) : body.subarray(0, length);
      resolve({ bytes, share, wholeAt: now() });
    };
    const gone = (): void =>
      fail(new ServerError('ABORTED', 'the client went away before its request was whole'));
    connections.whenOver(raw.socket, reply.raw, () => share.release());
    raw.on('data', take).on('end', end).on('close', gone);
    // "close" follows, which says the same
    raw.on('error', () => undefined);
    if (raw.destroyed && !raw.readableEnded) gone();
  });
}

/** The error of a body over the limit, both in bytes. */
export function bodyTooLarge(length: number, bodyBytes: number): ServerError {
  return new ServerError(
    'TOO_LARGE',
    `a body of ${length} bytes or more is over the ${bodyBytes} this server takes; raise --max-body or send less`,
  );
}

/** Twice the room, and never more than was announced: pages on which nothing has been written take no memory. */
function grown(
  body: Buffer | undefined,
  used: number,
  needed: number,
  declared: number,
): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(2 * needed, declared)));
  if (body !== undefined) larger.set(body.subarray(0, used));
  return larger;
}
