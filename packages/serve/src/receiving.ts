import type { onRequestHookHandler } from 'fastify';
import { ServerError } from './errors.ts';
import type { ServerContext } from './server-context.ts';

/** Before a body is read: whether it is one that may be read, and whether there is room for it. */
export function receiving({ limits, budget }: ServerContext): onRequestHookHandler {
  return ({ headers }, reply, done) => {
    const length = Number(headers['content-length'] ?? limits.bodyBytes);
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      return done(
        new ServerError(
          'UNSUPPORTED_MEDIA_TYPE',
          'content-encoding: compressed bodies are refused; send the body as it is',
        ),
      );
    }
    if (length > limits.bodyBytes) {
      return done(
        new ServerError(
          'TOO_LARGE',
          `a body of ${length} bytes is more than the ${limits.bodyBytes} this server takes`,
        ),
      );
    }
    try {
      reply.raw.once('close', budget.take(length));
      done();
    } catch (error) {
      done(error as Error);
    }
  };
}
