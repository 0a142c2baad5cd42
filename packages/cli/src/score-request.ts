import type { BitDepth, RawFormat } from '@vqforge/media';
import type { Device } from '@vqforge/runtime';
import type { ScoreOptions } from '@vqforge/score';
import { type CommandContext, given } from './command-shape.ts';
import type { ScoreFlags } from './commands/score.ts';
import type { LpipsFlag } from './lpips-flag.ts';
import { printable } from './printable.ts';
import type { Progress } from './progress.ts';
import { UsageError } from './usage-error.ts';

/** What `scoreClips` is given of the flags, but for the clips. @throws UsageError for flags that contradict each other */
export function scoreRequest(
  flags: ScoreFlags,
  { signal, place, version }: CommandContext,
  progress: Progress,
): Omit<ScoreOptions, 'reference' | 'distorted' | 'featuresFrom'> {
  return {
    ...given({ raw: rawFormat(flags), tinyModel: flags.tinyModel, vmafProgram: flags.vmafBin }),
    selection: {
      skipReference: flags.frame_skip_ref,
      skipDistorted: flags.frame_skip_dist,
      subsample: flags.subsample,
      ...given({ count: flags.frame_cnt }),
    },
    colour: {
      ...given({ compat: flags.compat, matrix: flags.matrix, range: flags.range }),
      reference: given({ matrix: flags.refMatrix, range: flags.refRange }),
      distorted: given({ matrix: flags.distMatrix, range: flags.distRange }),
    },
    scale: flags.scale === true,
    strict: flags.strict === true,
    ...lpipsRequest(flags),
    environment: process.env,
    models: {
      registry: place.registry(flags.registry),
      device: flags.tinyDevice as Device,
      deviceFallback: flags.deviceFallback === true,
      allowUnregistered: flags.allowUnregistered === true,
      ...given({ engine: flags.engine, threads: flags.threads }),
    },
    version,
    signal,
    now: () => performance.now(),
    onProgress: (done, total) => progress.update(done, total),
    onWarning: (text) => progress.line(`vqforge: warning: ${printable(text)}`),
  };
}

/** The four flags belong together. */
function rawFormat(flags: ScoreFlags): RawFormat | undefined {
  const { width, height, pixel_format: chroma, bitdepth } = flags;
  if ([width, height, chroma, bitdepth].every((value) => value === undefined)) return undefined;
  if (width === undefined || height === undefined || chroma === undefined || bitdepth === undefined)
    throw new UsageError(
      'USAGE',
      'raw YUV is described in part, expected --width, --height, --pixel_format and --bitdepth together (-w -h -p -b)',
    );
  return { width, height, chroma, bitDepth: Number(bitdepth) as BitDepth };
}

/** `--feature lpips` and its `--feature_params` say one thing between them. */
function lpipsRequest(flags: ScoreFlags): { lpips?: { modelPath?: string } } {
  const wanted = lpipsFlags(flags);
  if (wanted.length === 0) return {};
  const paths = new Set(wanted.map(({ modelPath }) => modelPath).filter((path) => path !== undefined));
  const [modelPath, other] = paths;
  if (other !== undefined)
    throw new UsageError('USAGE', `lpips has the model_path ${modelPath} and ${other}, expected one`);
  return { lpips: given({ modelPath }) };
}

function lpipsFlags({ feature = [], feature_params: params = [] }: ScoreFlags): readonly LpipsFlag[] {
  return [...feature, ...params];
}

/** The files of models and programs that the flags name. */
export function modelInputs(flags: ScoreFlags): string[] {
  const { tinyModel, vmafBin } = flags;
  const models = lpipsFlags(flags).map(({ modelPath }) => modelPath);
  return [tinyModel, vmafBin, process.env['VMAF_LPIPS_MODEL_PATH'], ...models].filter(
    (path) => path !== undefined,
  );
}
