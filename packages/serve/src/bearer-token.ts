import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether an Authorization header carries the token. How long this takes says nothing about the token: digests of one
 * length are compared, whatever was sent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function isAuthorized(header: string | undefined, token: string): boolean {
  const sent = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(digestOf(sent), digestOf(token));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
