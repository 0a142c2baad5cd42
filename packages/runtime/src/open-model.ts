import { isOfFamily } from '@vqforge/artifact/pinned';
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
 * @example
 * const model = await openModel({ registry: 'model/tiny', model: 'fr_regressor_v1' });
 * const { scores } = await FrRegressor.of(model).score(Float32Array.of(0.9, 0.5, 0.7, 0.8, 0.9, 1), 1);
 * scores[0].toFixed(1); // => '62.9'
 * await model.close();
 */
export async function openModel(options: OpenModelOptions): Promise<OpenModel> {
  const bytes = await readModel(options);
  const isLarge = !isOfFamily('fr-regressor', bytes.sidecar);
  return wrapModel(bytes, () => openSession(bytes.onnx, isLarge, options));
}
