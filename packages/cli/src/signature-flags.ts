import type { SignatureCheck } from '@vqforge/registry/loading';
import { UsageError } from './usage-error.ts';

interface SignatureFlags {
  readonly key?: string;
  readonly requireSignature?: boolean;
}

/** Reads the key of `--key` for checking signatures; an empty object without one. @throws UsageError | RegistryError BAD_KEY */
export async function signatureCheck(
  { key, requireSignature = false }: SignatureFlags,
  signal: AbortSignal,
): Promise<{ signature?: SignatureCheck }> {
  if (key !== undefined) {
    const { readVerificationKey } = await import('@vqforge/registry/node');
    return { signature: { key: await readVerificationKey(key, signal), isRequired: requireSignature } };
  }
  if (!requireSignature) return {};
  throw new UsageError('--require-signature needs --key with the public key of the signer');
}
