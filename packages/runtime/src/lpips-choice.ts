import { RegistryError } from '@vqforge/registry/loading';
import { RuntimeError } from './errors.ts';
import { Lpips } from './lpips.ts';
import { openModel, type OpenModelOptions } from './open-model.ts';

/** The environment variable in which lusoris/vmaf's LPIPS extractor looks for its model. */
const VARIABLE = 'VMAF_LPIPS_MODEL_PATH';
const PINNED_ID = 'vmaf_tiny_lpips_sq_v1';

export interface OpenLpipsOptions extends Omit<OpenModelOptions, 'model'> {
  /** Id or path; default: what the environment says, else the registry's LPIPS. */
  readonly model?: string;
  /** The environment to look into, such as `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens the LPIPS model that applies: the option, else `VMAF_LPIPS_MODEL_PATH`, else `vmaf_tiny_lpips_sq_v1` of the
 * registry. An empty option or variable counts as none.
 *
 * @throws RuntimeError NO_LPIPS_MODEL when it comes down to the registry, and that has none; WRONG_KIND
 * @throws RegistryError | RuntimeError those of `openModel`
 * @example
 * const lpips = await openLpips({ registry: 'model/tiny' });
 * await lpips.score(reference, distorted, { width: 64, height: 64, count: 1 }); // => [0] for the same image
 */
export async function openLpips(options: OpenLpipsOptions): Promise<Lpips> {
  const chosen = options.model || options.environment?.[VARIABLE];
  try {
    const model = await openModel({ ...options, model: chosen || PINNED_ID });
    return Lpips.of(model);
  } catch (error) {
    if (!chosen && isAbsent(error)) throw noModel(options.registry, error);
    throw error;
  }
}

function isAbsent(error: unknown): error is RegistryError {
  const codes = ['NOT_SHIPPED', 'UNKNOWN_ID', 'MISSING_FILE', 'MISSING_REGISTRY'];
  return error instanceof RegistryError && codes.includes(error.code);
}

function noModel(registry: string, cause: RegistryError): RuntimeError {
  return new RuntimeError(
    'NO_LPIPS_MODEL',
    `registry ${registry} has no LPIPS model here (${cause.code}): make it with vqforge weights pull squeeze and vqforge regenerate ${PINNED_ID}, or name another one as model_path or in ${VARIABLE}`,
    { cause },
  );
}
