import type { Registry } from '@vqforge/artifact';
import type { VerificationKey } from './attestation/key-files.ts';
import { parsedRegistry, registryBytes } from './registry-entry.ts';
import { locateRegistry, readConsistently, type Location } from './snapshot-files.ts';
import { verifyModel, type VerifiedModel } from './verified-model.ts';
import type { BundleCheck } from './verify-entry.ts';

/** The key that signatures are checked with. */
export interface SignatureCheck {
  readonly key: VerificationKey;
  /** Whether a model without a bundle fails. */
  readonly isRequired: boolean;
}

/** A signature check as entries are verified with it. */
export function bundleCheck({ key, isRequired }: SignatureCheck): BundleCheck {
  return {
    isRequired,
    verify: async (entry, file, bundle, model, report) => {
      const { verifySignature } = await import('./attestation/verify-signature.ts');
      await verifySignature(entry, file, bundle, model, key, report);
    },
  };
}

/** A registry and where it was read. */
export interface RegistryFile extends Location {
  readonly registry: Registry;
}

/**
 * Read a registry of schema version 0, 1 or 2; a publish that was interrupted after its commit counts as done.
 *
 * @param path the registry's folder, or its JSON file
 * @throws RegistryError MISSING_REGISTRY | BAD_REGISTRY | UNSUPPORTED_VERSION | UNREADABLE | BUSY | DAMAGED_JOURNAL
 * @example (await readRegistry('model/tiny')).registry.models[0].id; // => 'fr_regressor_v1'
 */
export async function readRegistry(path: string): Promise<RegistryFile> {
  const location = await locateRegistry(path);
  const registry = await readConsistently(location, async (view) =>
    parsedRegistry(view, await registryBytes(view)),
  );
  return { ...location, registry };
}

/**
 * Reads one pinned model and accepts it exactly when `verifyRegistry` finds no error in its entry, by the same checks on
 * the same bytes: each file is read once, so nothing can change between the check and the session.
 *
 * @param path the registry's folder, or its JSON file
 * @param signature demands a bundle by this key
 * @throws RegistryError UNKNOWN_ID | NOT_SHIPPED | MISSING_FILE | DIGEST_MISMATCH | SIZE_MISMATCH | TOO_LARGE |
 * PATH_ESCAPE | NOT_A_FILE | UNPINNED_ENTRY | BAD_SIDECAR | SIDECAR_DISAGREES | FORBIDDEN_MODEL | UNTRUSTED_MODEL and those of
 * `readRegistry`; BAD_SIDECAR also for a sidecar that is not vqforge's, which says nothing of how to run the model
 * @example
 * const { onnx, sidecar } = await loadVerified('model/tiny', 'fr_regressor_v1');
 * sidecar.feature_order; // => ['adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2']
 */
export async function loadVerified(
  path: string,
  id: string,
  signature?: SignatureCheck,
): Promise<VerifiedModel> {
  const location = await locateRegistry(path);
  return readConsistently(location, (view) => verifyModel(view, id, signature && bundleCheck(signature)));
}
