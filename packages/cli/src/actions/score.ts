import { requireFolderOf, requireSafeOutputs, writeDocuments } from '@vqforge/artifact/node';
import { scoreClips, scoreText, type ScoreDocument, type ScoreFormat } from '@vqforge/score';
import type { Device } from '@vqforge/runtime';
import type { BitDepth, RawFormat } from '@vqforge/media';
import { type CommandContext, given } from '../command-shape.ts';
import type { ScoreFlags } from '../commands/score.ts';
import type { Place } from '../place.ts';
import { Progress } from '../progress.ts';
import type { LpipsFlag } from '../lpips-flag.ts';
import { printable } from '../printable.ts';
import { UsageError } from '../usage-error.ts';

export async function scoreCommand(
  flags: ScoreFlags,
  { signal, place, version }: CommandContext,
): Promise<void> {
  const format = formatOf(flags);
  if (flags.featuresFrom !== undefined && flags.vmafBin !== undefined)
    throw new UsageError('USAGE', '--features-from and --vmaf-bin both bring features, expected one');
  const { output } = flags;
  const registry = place.registry(flags.registry);
  if (output !== undefined) await requireOutput(output, format, flags, place);
  const progress = new Progress({ quiet: flags.quiet === true, verb: 'scoring', unit: 'frames' });
  const { document, failure } = await scoreClips({
    ...given({
      reference: flags.reference,
      raw: rawFormat(flags),
      tinyModel: flags.tinyModel,
      vmafProgram: flags.vmafBin,
    }),
    distorted: flags.distorted ?? [],
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
    featuresFrom: flags.featuresFrom ?? [],
    environment: process.env,
    models: {
      registry,
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
  }).finally(() => progress.stop());
  const text = scoreText(document, format);
  if (output === undefined) process.stdout.write(text);
  else {
    await writeDocuments([{ path: output, text }]);
    process.stdout.write(summary(document, output));
  }
  if (failure !== undefined) throw failure;
}

/** The scores replace nothing that was read, and nothing that models and runs stand on. */
async function requireOutput(
  path: string,
  kind: ScoreFormat,
  flags: ScoreFlags,
  place: Place,
): Promise<void> {
  await requireFolderOf(path, '--output');
  const { reference, distorted = [], featuresFrom = [], tinyModel, vmafBin } = flags;
  const models = [...(flags.feature ?? []), ...(flags.feature_params ?? [])].map(
    ({ modelPath }) => modelPath,
  );
  await requireSafeOutputs({
    outputs: [{ path, flag: '--output', kind, role: 'document' }],
    inputs: [
      reference,
      tinyModel,
      vmafBin,
      process.env['VMAF_LPIPS_MODEL_PATH'],
      ...distorted,
      ...featuresFrom,
      ...models,
    ].filter((input) => input !== undefined),
    registries: [place.registry(flags.registry)],
    runs: place.found === undefined ? [] : [place.found.runs],
    force: flags.force === true,
  });
}

/** JSON unless told otherwise. @throws UsageError for two formats */
function formatOf({ json, csv, xml }: ScoreFlags): ScoreFormat {
  const formats = (['json', 'csv', 'xml'] as const).filter((name) => ({ json, csv, xml })[name] === true);
  if (formats.length > 1)
    throw new UsageError('USAGE', `--${formats.join(' and --')} are two formats, expected one`);
  return formats[0] ?? 'json';
}

/** The four flags belong together. */
function rawFormat(flags: ScoreFlags): RawFormat | undefined {
  const { width, height, pixel_format: chroma, bitdepth } = flags;
  if ([width, height, chroma, bitdepth].every((value) => value === undefined)) return undefined;
  if (width === undefined || height === undefined || chroma === undefined || bitdepth === undefined)
    throw new UsageError(
      'USAGE',
      'raw YUV is described in part, expected --width, --height, --pixel_format and --bitdepth together',
    );
  return { width, height, chroma, bitDepth: Number(bitdepth) as BitDepth };
}

/** `--feature lpips` and its `--feature_params` say one thing between them. */
function lpipsRequest({ feature = [], feature_params: params = [] }: ScoreFlags): {
  lpips?: { modelPath?: string };
} {
  const flags: readonly LpipsFlag[] = [...feature, ...params];
  if (flags.length === 0) return {};
  const paths = new Set(flags.map(({ modelPath }) => modelPath).filter((path) => path !== undefined));
  const [modelPath, other] = paths;
  if (other !== undefined)
    throw new UsageError('USAGE', `lpips has the model_path ${modelPath} and ${other}, expected one`);
  return { lpips: given({ modelPath }) };
}

/** A line per metric, for who writes the scores to a file. */
function summary({ pooled_metrics: metrics, frames, partial }: ScoreDocument, output: string): string {
  const lines = Object.entries(metrics).map(
    ([name, { mean, min, max }]) =>
      `${name}: mean ${mean.toFixed(6)}, min ${min.toFixed(6)}, max ${max.toFixed(6)}`,
  );
  const what = `${partial ? 'partial, ' : ''}${frames.length} ${frames.length === 1 ? 'frame' : 'frames'}`;
  return [...lines, `written: ${printable(output)} (${what})`, ''].join('\n');
}
