import { defined } from '@vqforge/base';
import type { Device } from '@vqforge/runtime';
import type { ScoreOptions } from '@vqforge/score';
import type { CommandContext } from './command-shape.ts';
import type { ScoreFlags } from './commands/score.ts';
import { featureThreads, rawFormat, selectionOf } from './clip-flags.ts';
import type { FeatureFlag } from './feature-flag.ts';
import { readTeachers } from './teacher-files.ts';
import type { Progress } from './progress.ts';
import { UsageError } from './usage-error.ts';

/** Turns the flags of `vqforge score` into the options of `scoreClips`, all but the clips. @throws UsageError for flags that contradict each other */
export async function scoreRequest(
  flags: ScoreFlags,
  { signal, place, version }: CommandContext,
  progress: Progress,
): Promise<Omit<ScoreOptions, 'reference' | 'distorted' | 'featuresFrom'>> {
  return {
    ...defined({ raw: rawFormat(flags), tinyModel: flags.tinyModel, vmafProgram: flags.vmafBin }),
    selection: selectionOf(flags),
    colour: {
      ...defined({ compat: flags.compat, matrix: flags.matrix, range: flags.range }),
      reference: defined({ matrix: flags.refMatrix, range: flags.refRange }),
      distorted: defined({ matrix: flags.distMatrix, range: flags.distRange }),
    },
    scale: flags.scale === true,
    still: flags.still === true,
    strict: flags.strict === true,
    ...lpipsRequest(flags),
    teachers: await readTeachers(flags.model ?? []),
    psnr: featureFlags(flags).some(({ name }) => name === 'psnr'),
    motion: flags.motion,
    featureThreads: featureThreads(flags),
    environment: process.env,
    models: {
      registry: place.registry(flags.registry),
      device: flags.tinyDevice as Device,
      deviceFallback: flags.deviceFallback === true,
      allowUnregistered: flags.allowUnregistered === true,
      ...defined({ engine: flags.engine, threads: flags.ortThreads }),
    },
    version,
    signal,
    now: () => performance.now(),
    onProgress: (done, total) => progress.update(done, total),
    onWarning: (text) => progress.line(`vqforge: warning: ${text}`),
  };
}

/** `--feature lpips` and its `--feature_params` say one thing between them. */
function lpipsRequest(flags: ScoreFlags): { lpips?: { modelPath?: string } } {
  const wanted = lpipsFlags(flags);
  if (wanted.length === 0) return {};
  const paths = new Set(wanted.map(({ modelPath }) => modelPath).filter((path) => path !== undefined));
  const [modelPath, other] = paths;
  if (other !== undefined)
    throw new UsageError(`lpips has the model_path ${modelPath} and ${other}, expected one`);
  return { lpips: defined({ modelPath }) };
}

function featureFlags({ feature = [], feature_params: params = [] }: ScoreFlags): readonly FeatureFlag[] {
  return [...feature, ...params];
}

function lpipsFlags(flags: ScoreFlags): readonly Extract<FeatureFlag, { readonly name: 'lpips' }>[] {
  return featureFlags(flags).filter((flag) => flag.name === 'lpips');
}

/** The files of models and programs that the flags name. */
export function modelInputs(flags: ScoreFlags): string[] {
  const { tinyModel, vmafBin, model = [] } = flags;
  const models = lpipsFlags(flags).map(({ modelPath }) => modelPath);
  return [
    tinyModel,
    vmafBin,
    process.env['VMAF_LPIPS_MODEL_PATH'],
    ...models,
    ...model.map(({ teacher }) => teacher),
  ].filter((path) => path !== undefined);
}
