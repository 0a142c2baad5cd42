import { sign } from 'node:crypto';
import type { BundleWithDsseEnvelope, BundleWithPublicKey } from '@sigstore/bundle';
import { canonicalJson, parseJson } from '@vqforge/base';
import { STATEMENT_MEDIA_TYPE } from '@vqforge/artifact';
import { RegistryError } from '../errors.ts';
import type { SigningKey } from './key-files.ts';

/** A signed statement in Sigstore's format v0.3, signed with a key rather than a certificate. */
export type KeyedBundle = BundleWithDsseEnvelope & BundleWithPublicKey;

// Sigstore's libraries take 0.1 s to load: only signing and checking signatures pays for them.

/**
 * Signs a statement with Ed25519 (RFC 8032, deterministic) in a DSSE envelope. The same statement and key give the same
 * bytes.
 *
 * @see https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md
 */
export async function formatBundle(statement: string, key: SigningKey): Promise<Buffer> {
  const payload = Buffer.from(statement);
  const signature = sign(null, preAuthEncoding(STATEMENT_MEDIA_TYPE, payload), key.privateKey);
  const artifactType = STATEMENT_MEDIA_TYPE;
  return Buffer.from(await spelled({ artifact: payload, artifactType, signature, keyHint: key.keyId }));
}

/** The one spelling of a bundle: everything in it follows from these four. */
async function spelled(content: {
  readonly artifact: Buffer;
  readonly artifactType: string;
  readonly signature: Buffer;
  readonly keyHint: string;
}): Promise<string> {
  const { bundleToJSON, toDSSEBundle } = await import('@sigstore/bundle');
  return canonicalJson(bundleToJSON(toDSSEBundle(content)));
}

/**
 * Reads a bundle that holds one signed envelope and names a key. There is one spelling of a bundle, the one that
 * `formatBundle` gives its payload, signature and key: a field more or less is refused here, another byte in those three
 * by the signature, the key or the statement.
 *
 * @throws RegistryError BAD_BUNDLE
 */
export async function parseBundle(bytes: Uint8Array): Promise<KeyedBundle> {
  const sigstore = await import('@sigstore/bundle');
  try {
    const bundle = sigstore.bundleFromJSON(parseJson(bytes));
    // the library takes any version number here
    if (bundle.mediaType !== sigstore.BUNDLE_V03_MEDIA_TYPE) throw new Error(`it is a ${bundle.mediaType}`);
    if (!sigstore.isBundleWithDsseEnvelope(bundle)) throw new Error('it holds no DSSE envelope');
    if (!sigstore.isBundleWithPublicKey(bundle)) throw new Error('it names no public key');
    const { payload, payloadType, signatures } = bundle.content.dsseEnvelope;
    const canonical = await spelled({
      artifact: payload,
      artifactType: payloadType,
      signature: signatures[0]?.sig ?? Buffer.alloc(0),
      keyHint: signatures[0]?.keyid ?? '',
    });
    if (canonical !== Buffer.from(bytes).toString('utf8')) {
      throw new Error('its bytes are not the canonical spelling of what it holds');
    }
    return bundle;
  } catch (error) {
    const { message } = error as Error;
    throw new RegistryError('BAD_BUNDLE', `not a Sigstore bundle of vqforge: ${message}`, { cause: error });
  }
}

/** The bytes that are signed: the payload with its type, each with its length, so that neither can be taken for the other. */
function preAuthEncoding(type: string, payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `),
    payload,
  ]);
}
