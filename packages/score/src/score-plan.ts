import type { ModelFamily } from '@vqforge/artifact';
import type { FrRegressor, Lpips } from '@vqforge/runtime';
import type { OpenModel, OpenModelOptions } from '@vqforge/runtime/node';
import { CodedError } from '@vqforge/base';
import { ScoreError } from './errors.ts';

/** Which models are wanted, as the flags of the command say. */
export interface ModelRequest {
  /** `--feature lpips`, with the model that its option names. */
  readonly lpips?: { readonly modelPath?: string };
  /** `--tiny-model`: an LPIPS model or a regressor. */
  readonly tinyModel?: string;
  /** Where `VMAF_LPIPS_MODEL_PATH` may stand. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The inputs that there are to score. */
export interface Inputs {
  /** Features of a log, a table or the vmaf program. */
  readonly hasFeatures: boolean;
  /** A reference and renditions of it; `images` are LPIPS's alone. */
  readonly clips: 'none' | 'clips' | 'images';
  /** Whether something is scored that needs no model of the registry: a teacher, PSNR. */
  readonly hasOtherScores: boolean;
}

/** The models of a run. */
export interface ScorePlan {
  readonly lpips?: Lpips;
  readonly regressor?: FrRegressor;
  /** Models that were left out, since no flag names them, and why. */
  readonly warnings: readonly string[];
}

const REGRESSOR = 'fr_regressor_v1';

/** Whether LPIPS is wanted; undefined while that depends on what `--tiny-model` is. */
export function wantsLpips({ lpips, tinyModel }: ModelRequest, inputs: Inputs): boolean | undefined {
  if (lpips !== undefined) return true;
  if (tinyModel !== undefined) return undefined;
  return inputs.clips === 'images' && !inputs.hasFeatures && !inputs.hasOtherScores;
}

/**
 * Opens the models: the one that is named, or the registry's regressor for clips and features and LPIPS for images.
 *
 * @throws ScoreError MISSING_FEATURES | TWO_MODELS; RuntimeError and RegistryError of models that do not open
 */
export async function openPlan(
  request: ModelRequest,
  inputs: Inputs,
  settings: Omit<OpenModelOptions, 'model'>,
): Promise<ScorePlan> {
  const [{ FrRegressor, Lpips }, { openLpips, openModel }] = await Promise.all([
    import('@vqforge/runtime'),
    import('@vqforge/runtime/node'),
  ]);
  const { lpips, tinyModel, environment } = request;
  const opened: OpenModel[] = [];
  const open = async (model: string): Promise<OpenModel> => {
    opened.push(await openModel({ ...settings, model }));
    return opened.at(-1) as OpenModel;
  };
  try {
    const scorer: Readonly<Record<ModelFamily, (model: OpenModel) => Partial<ScorePlan>>> = {
      'fr-regressor': (model) => ({ regressor: FrRegressor.of(model) }),
      lpips: (model) => ({ lpips: Lpips.of(model) }),
    };
    const plan: { lpips?: Lpips; regressor?: FrRegressor; warnings: string[] } = { warnings: [] };
    if (tinyModel !== undefined) {
      const tiny = await open(tinyModel);
      REFUSE[tiny.kind](request, inputs);
      Object.assign(plan, scorer[tiny.kind](tiny));
    }
    const isDefault = tinyModel === undefined && inputs.clips === 'clips' && !inputs.hasFeatures;
    if (inputs.hasFeatures) plan.regressor ??= FrRegressor.of(await open(REGRESSOR));
    else if (isDefault) {
      const isOptional = lpips !== undefined || inputs.hasOtherScores;
      try {
        plan.regressor = FrRegressor.of(await open(REGRESSOR));
      } catch (error) {
        if (!isOptional || !(error instanceof CodedError) || !ABSENT.has(error.code)) throw error;
        plan.warnings.push(`${REGRESSOR} is not scored: ${error.message}`);
      }
    }
    if (plan.lpips === undefined && (lpips !== undefined || wantsLpips(request, inputs) === true)) {
      const model = lpips?.modelPath;
      plan.lpips = await openLpips({ ...settings, environment, ...(model === undefined ? {} : { model }) });
    }
    return plan;
  } catch (error) {
    await Promise.all(opened.map((model) => model.close()));
    throw error;
  }
}

/** Closes the models that `openPlan` opened. */
export async function closePlan({ lpips, regressor }: ScorePlan): Promise<void> {
  await lpips?.model.close();
  await regressor?.model.close();
}

/** A registry that is not there, or does not have the model. */
const ABSENT: ReadonlySet<string> = new Set(['MISSING_REGISTRY', 'UNKNOWN_ID', 'NOT_SHIPPED']);

/** Refuses what a model of the family cannot be asked together with. */
const REFUSE: Readonly<Record<ModelFamily, (request: ModelRequest, inputs: Inputs) => void>> = {
  'fr-regressor': ({ tinyModel }, { hasFeatures, clips }) => {
    if (hasFeatures || clips === 'clips') return;
    throw new ScoreError(
      'MISSING_FEATURES',
      clips === 'images'
        ? `${tinyModel} scores features of clips, and images have no motion; add --still, or score images with --feature lpips`
        : `${tinyModel} scores features, and none are given; give clips with --reference and --distorted, or --features-from with a log or table`,
    );
  },
  lpips: ({ tinyModel, lpips }) => {
    if (lpips?.modelPath === undefined) return;
    throw new ScoreError(
      'TWO_MODELS',
      `--tiny-model ${tinyModel} and model_path ${lpips.modelPath} are two LPIPS models, expected one`,
    );
  },
};
