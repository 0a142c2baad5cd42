import { bundleCheck, type SignatureCheck } from './attestation/signature-check.ts';
import { locateRegistry, readConsistently } from './snapshot-files.ts';
import { type VerifiedModel, verifyModel } from './verified-model.ts';

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
