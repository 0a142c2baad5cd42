import type { ModelFamily } from '@vqforge/artifact';
import type { FrRegressor, Lpips } from '@vqforge/runtime';
import type { OpenModel, OpenModelOptions } from '@vqforge/runtime/node';
import { ScoreError } from './errors.ts';

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

/** @throws ScoreError MISSING_FEATURES | TWO_MODELS; RuntimeError and RegistryError of models that do not open */
export async function openPlan(
  request: ModelRequest,
  settings: Omit<OpenModelOptions, 'model'>,
): Promise<ScorePlan> {
  const [{ FrRegressor, Lpips }, { openLpips, openModel }] = await Promise.all([
    import('@vqforge/runtime'),
    import('@vqforge/runtime/node'),
  ]);
  const { lpips, tinyModel, hasFeatures, environment } = request;
  const opened: OpenModel[] = [];
  const open = async (model: string): Promise<OpenModel> => {
    opened.push(await openModel({ ...settings, model }));
    return opened.at(-1) as OpenModel;
  };
  try {
    const scorer: Readonly<Record<ModelFamily, (model: OpenModel) => ScorePlan>> = {
      'fr-regressor': (model) => ({ regressor: FrRegressor.of(model) }),
      lpips: (model) => ({ lpips: Lpips.of(model) }),
    };
    const plan: { lpips?: Lpips; regressor?: FrRegressor } = {};
    const tiny = tinyModel === undefined ? undefined : await open(tinyModel);
    if (tiny !== undefined) {
      REFUSE[tiny.kind](request);
      Object.assign(plan, scorer[tiny.kind](tiny));
    }
    if (hasFeatures) plan.regressor ??= FrRegressor.of(await open(REGRESSOR));
    if (lpips !== undefined || plan.regressor === undefined) {
      const model = lpips?.modelPath;
      plan.lpips ??= await openLpips({ ...settings, environment, ...(model === undefined ? {} : { model }) });
    }
    return plan;
  } catch (error) {
    await Promise.all(opened.map((model) => model.close()));
    throw error;
  }
}

/** Refuses what a model of the family cannot be asked together with. */
const REFUSE: Readonly<Record<ModelFamily, (request: ModelRequest) => void>> = {
  'fr-regressor': ({ tinyModel, hasFeatures }) => {
    if (hasFeatures) return;
    throw new ScoreError(
      'MISSING_FEATURES',
      `${tinyModel} scores features of libvmaf, and none are given; pass --features-from with a log or table, or --vmaf-bin`,
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
