import type { FrRegressor, Lpips, OpenModel, OpenModelOptions } from '@vqforge/runtime';
import { PipelineError } from '../errors.ts';

/** Which models are wanted, as the flags of the command say. */
export interface ModelRequest {
  /** `--feature lpips`, with the model that its option names. */
  readonly lpips?: { readonly modelPath?: string };
  /** `--tiny-model`: an LPIPS model or a regressor. */
  readonly tinyModel?: string;
  /** Whether there are features for a regressor. */
  readonly hasFeatures: boolean;
  /** Where `VMAF_LPIPS_MODEL_PATH` may stand. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The models of a run; at least one. */
export interface ScorePlan {
  readonly lpips?: Lpips;
  readonly regressor?: FrRegressor;
}

const REGRESSOR = 'fr_regressor_v1';

/** LPIPS, unless only a regressor is asked for; undefined while that depends on what `--tiny-model` is. */
export function wantsLpips({ lpips, tinyModel, hasFeatures }: ModelRequest): boolean | undefined {
  if (lpips !== undefined) return true;
  return tinyModel === undefined ? !hasFeatures : undefined;
}

/** @throws PipelineError MISSING_FEATURES | TWO_MODELS; RuntimeError and RegistryError of models that do not open */
export async function openPlan(
  request: ModelRequest,
  settings: Omit<OpenModelOptions, 'model'>,
): Promise<ScorePlan> {
  const { FrRegressor, Lpips, openLpips, openModel } = await import('@vqforge/runtime');
  const { lpips, tinyModel, hasFeatures, environment } = request;
  const tiny = tinyModel === undefined ? undefined : await openModel({ ...settings, model: tinyModel });
  try {
    if (tiny !== undefined) assertConsistent(tiny, request);
    const isLpips = tiny?.kind === 'lpips';
    const regressor =
      tiny !== undefined && !isLpips
        ? FrRegressor.of(tiny)
        : hasFeatures
          ? FrRegressor.of(await openModel({ ...settings, model: REGRESSOR }))
          : undefined;
    const { modelPath } = lpips ?? {};
    const distance = isLpips
      ? Lpips.of(tiny)
      : lpips !== undefined || regressor === undefined
        ? await openLpips({
            ...settings,
            environment,
            ...(modelPath === undefined ? {} : { model: modelPath }),
          })
        : undefined;
    return {
      ...(distance === undefined ? {} : { lpips: distance }),
      ...(regressor === undefined ? {} : { regressor }),
    };
  } catch (error) {
    await tiny?.close();
    throw error;
  }
}

function assertConsistent({ kind }: OpenModel, { tinyModel, lpips, hasFeatures }: ModelRequest): void {
  if (kind === 'fr-regressor' && !hasFeatures)
    throw new PipelineError(
      'MISSING_FEATURES',
      `${tinyModel} scores features of libvmaf, and none are given; pass --features-from with a log or table, or --vmaf-bin`,
    );
  if (kind === 'lpips' && lpips?.modelPath !== undefined)
    throw new PipelineError(
      'TWO_MODELS',
      `--tiny-model ${tinyModel} and model_path ${lpips.modelPath} are two LPIPS models, expected one`,
    );
}
