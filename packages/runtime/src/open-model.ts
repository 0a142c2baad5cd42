import { isOfFamily } from '@vqforge/artifact';
import { type ModelChoice, readModel } from './model-files.ts';
import { openSession, type SessionChoice } from './open-session.ts';
import { type OpenModel, wrapModel } from './verified-session.ts';

export interface OpenModelOptions extends ModelChoice, SessionChoice {}

/**
 * Opens a model that may be run: digest, size, sidecar, operator scan and, if asked for, signature are checked on bytes
 * that are read once; the session is made from those same bytes.
 *
 * @throws RegistryError where the registry refuses it: UNKNOWN_ID | NOT_SHIPPED | DIGEST_MISMATCH | FORBIDDEN_MODEL |
 * UNTRUSTED_MODEL | …
 * @throws RuntimeError UNREGISTERED_MODEL | MISSING_MODEL | FORBIDDEN_MODEL | INVALID_MODEL | TOO_LARGE |
 * DEVICE_UNAVAILABLE | ENGINE_UNAVAILABLE | INVALID_OPTION
 */
export async function openModel(options: OpenModelOptions): Promise<OpenModel> {
  const bytes = await readModel(options);
  const isLarge = !isOfFamily('fr-regressor', bytes.sidecar);
  return wrapModel(bytes, () => openSession(bytes.onnx, isLarge, options));
}
