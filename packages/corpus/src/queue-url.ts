import { CorpusError } from './errors.ts';

/** Where a queue is kept. */
export interface QueueUrl {
  readonly store: 'redis' | 'postgres';
  /** With credentials: for the client alone. */
  readonly url: string;
  /** Without credentials: for messages. */
  readonly shown: string;
}

const STORES = new Map<string, QueueUrl['store']>([
  ['redis:', 'redis'],
  ['rediss:', 'redis'],
  ['postgres:', 'postgres'],
  ['postgresql:', 'postgres'],
]);

/**
 * Reads the address of a queue. No message has more of it than protocol, host, port and path.
 *
 * @throws CorpusError INVALID_OPTION
 * @example queueUrl('redis://:secret@10.0.0.5:6379/2').shown // => 'redis://10.0.0.5:6379/2'
 */
export function queueUrl(url: string): QueueUrl {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const store = parsed === undefined ? undefined : STORES.get(parsed.protocol);
  if (parsed === undefined || store === undefined)
    throw new CorpusError(
      'INVALID_OPTION',
      'the queue must be an address such as redis://host:6379 or postgres://host/database',
    );
  return { store, url, shown: `${parsed.protocol}//${parsed.host}${parsed.pathname}` };
}

/** A message of a client, without what the address holds beside the place. */
export function withoutCredentials(message: string, { url, shown }: QueueUrl): string {
  const { username, password, search } = new URL(url);
  const secrets = [password, username, search.slice(1)]
    .flatMap((part) => [part, decoded(part)])
    .filter((part) => part !== '');
  return secrets.reduce((text, secret) => text.replaceAll(secret, '…'), message.replaceAll(url, shown));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
