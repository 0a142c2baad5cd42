import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { requireKept } from '@vqforge/artifact/node';
import { defined, sha256 } from '@vqforge/base';
import { FileError, readBoundedFile } from '@vqforge/base/node';
import { RegistryError, systemCode } from '../errors.ts';

/** An Ed25519 key that signs. */
export interface SigningKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

/** The Ed25519 key that says whether a signature is good. */
export interface VerificationKey {
  /** SHA-256 of the key's SubjectPublicKeyInfo (DER): `openssl pkey -pubin -in KEY -outform DER | sha256sum`. */
  readonly keyId: string;
  readonly publicKey: KeyObject;
}

/** A PEM file of one Ed25519 key is some 120 bytes; encrypted keys and comments stay far below this. */
const MAX_KEY_BYTES = 16_384;

/**
 * Makes a key pair: the private key (PKCS #8 PEM, mode 0600) at `path`, the public one (SPKI PEM) at `path`.pub.
 *
 * @throws RegistryError UNWRITABLE when either file is already there: a key is never overwritten; ArtifactError BAD_OUTPUT
 * below `node_modules`
 */
export async function generateKey(
  path: string,
): Promise<{ readonly keyId: string; readonly publicPath: string }> {
  await requireKept(path);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const publicPath = `${path}.pub`;
  await createKeyFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  try {
    await createKeyFile(publicPath, publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { keyId: keyIdOf(publicKey), publicPath };
}

/**
 * Reads the private key that signs models.
 *
 * @param signal ends the wait for the writer of a named pipe
 * @throws RegistryError BAD_KEY unless the file is an unencrypted Ed25519 private key in PEM
 */
export async function readSigningKey(path: string, signal?: AbortSignal): Promise<SigningKey> {
  const privateKey = parseKey(path, await readKeyFile(path, signal), createPrivateKey);
  return { keyId: keyIdOf(createPublicKey(privateKey)), privateKey };
}

/**
 * Reads the public key that signatures are checked with.
 *
 * @param signal ends the wait for the writer of a named pipe
 * @throws RegistryError BAD_KEY unless the file is an Ed25519 public key in PEM
 */
export async function readVerificationKey(path: string, signal?: AbortSignal): Promise<VerificationKey> {
  const publicKey = parseKey(path, await readKeyFile(path, signal), createPublicKey);
  return { keyId: keyIdOf(publicKey), publicKey };
}

function keyIdOf(publicKey: KeyObject): string {
  return sha256(publicKey.export({ type: 'spki', format: 'der' }));
}

function parseKey(path: string, pem: Buffer, create: (pem: Buffer) => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = create(pem);
  } catch (error) {
    throw new RegistryError(
      'BAD_KEY',
      `${path} holds no key that can be read, expected an unencrypted PEM file as vqforge registry keygen makes it`,
      { cause: error },
    );
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new RegistryError(
    'BAD_KEY',
    `${path} holds a key of type ${key.asymmetricKeyType ?? 'unknown'}, expected ed25519; make one with vqforge registry keygen`,
  );
}

async function readKeyFile(path: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const pipes = { pipes: true, ...defined({ signal }) };
  const bytes = await readBoundedFile(path, MAX_KEY_BYTES, pipes).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    throw new RegistryError('BAD_KEY', `key ${error.message}, expected a key in PEM`, { cause: error });
  });
  if (bytes === null) throw new RegistryError('BAD_KEY', `key ${path} does not exist`);
  return bytes;
}

async function createKeyFile(path: string, pem: string | Buffer, mode: number): Promise<void> {
  try {
    await writeFile(path, pem, { flag: 'wx', mode });
  } catch (error) {
    const isThere = systemCode(error) === 'EEXIST';
    const problem = isThere ? 'is already there; give another name' : `cannot be written: ${String(error)}`;
    throw new RegistryError('UNWRITABLE', `key file ${path} ${problem}`, { cause: error });
  }
}
