import type { onRequestHookHandler } from 'fastify';
import { ServerError } from './errors.ts';
import { bodyTooLarge } from './request-body.ts';
import type { ServerContext } from './server-context.ts';

/**
 * Before a body is read: whether it is one that may be read.
 *
 * @param types media types that the route takes, in lower case
 * @param isTypeNeeded whether a body without a type is refused, too
 */
export function receiving(
  { limits }: ServerContext,
  types: readonly string[],
  isTypeNeeded: boolean,
): onRequestHookHandler {
  return ({ headers }, _reply, done) => {
    const problem =
      encodingProblem(headers['content-encoding']) ??
      typeProblem(headers['content-type'], types, isTypeNeeded) ??
      (Number(headers['content-length'] ?? 0) > limits.bodyBytes
        ? bodyTooLarge(Number(headers['content-length']), limits.bodyBytes)
        : undefined);
    done(problem);
  };
}

function encodingProblem(encoding: string | undefined): ServerError | undefined {
  if (encoding === undefined || encoding === 'identity') return undefined;
  return new ServerError(
    'UNSUPPORTED_MEDIA_TYPE',
    'content-encoding: compressed bodies are refused; send the body as it is',
  );
}

/** What pages of other sites can send without asking (text/plain, forms) is no type of an inference request. */
function typeProblem(
  type: string | undefined,
  types: readonly string[],
  isTypeNeeded: boolean,
): ServerError | undefined {
  if (type === undefined && !isTypeNeeded) return undefined;
  // most clients spell it so
  if (type === types[0]) return undefined;
  const essence = type?.split(';', 1)[0]?.trim().toLowerCase() ?? 'none';
  if (types.includes(essence)) return undefined;
  return new ServerError(
    'UNSUPPORTED_MEDIA_TYPE',
    `content-type: expected ${types.join(' or ')}, got ${JSON.stringify(essence.slice(0, 64))}`,
  );
}
