import type { IncomingMessage } from 'node:http';
import { ServerError } from './errors.ts';

/** Whether a name or an address reaches programs of this machine only. */
export function isLoopback(host: string): boolean {
  return ['localhost', '::1', '[::1]'].includes(host) || /^127(?:\.\d{1,3}){3}$/.test(host);
}

interface HostRules {
  /** Where the server listens. */
  readonly host: string;
  readonly hasToken: boolean;
  /** Names that are taken in any case. */
  readonly allowed?: readonly string[];
}

/** @throws ServerError INVALID_REQUEST | UNKNOWN_HOST */
type HostCheck = (request: Pick<IncomingMessage, 'httpVersion' | 'rawHeaders' | 'url'>) => void;

/**
 * Checks for which name a request was meant. A page of another site can make a browser of this machine ask a server on
 * the loopback address, under that site's own name: without a token such a request is refused, and with a list of names
 * any request under another. The name is that of Host, or of the request target where that is a whole URL
 * (`GET http://name/v2`), which goes before Host.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2
 */
export function hostCheck({ host, hasToken, allowed }: HostRules): HostCheck {
  const isOpen = allowed === undefined && (hasToken || !isLoopback(host));
  const names = new Set([host.includes(':') ? `[${host}]` : host, ...(allowed ?? [])].map(lowerCase));
  // most clients ask under one name, the same at every request
  let taken: string | undefined;
  return ({ httpVersion, rawHeaders, url = '' }) => {
    const isPath = url.startsWith('/') || url === '*';
    let sent: string | undefined;
    let hosts = 0;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const header = rawHeaders[at] as string;
      if (header.length !== 4 || lowerCase(header) !== 'host') continue;
      sent = rawHeaders[at + 1];
      hosts++;
    }
    if (isPath && hosts === 1 && sent === taken) return;
    if (hosts > 1 || (sent === undefined && httpVersion !== '1.0')) {
      throw new ServerError('INVALID_REQUEST', `expected one Host header, got ${hosts}`);
    }
    const asked = isPath ? sent : /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
    // of HTTP/1.0, which no browser speaks
    if (isPath && asked === undefined) return;
    const name = /^(\[[\da-f:.]+\]|[^:[\]\s@/?#\\,]+)(?::\d{1,5})?$/i.exec(asked ?? '')?.[1];
    if (name === undefined) {
      const where = isPath ? 'Host' : 'the URL that is asked for';
      throw new ServerError('INVALID_REQUEST', `${where} has no name or address with or without a port`);
    }
    // names end in a dot that few write
    const plain = lowerCase(name).replace(/\.$/, '');
    if (isOpen || isLoopback(plain) || names.has(plain)) {
      if (isPath) taken = sent;
      return;
    }
    throw new ServerError(
      'UNKNOWN_HOST',
      `this server is not ${JSON.stringify(name.slice(0, 64))}; ask it as localhost, or name it with --allowed-hosts when it starts`,
    );
  };
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}
