import type { CodedError } from '@vqforge/base';
import type { FrRegressor } from '@vqforge/runtime';
import type { VmafLog } from '@vqforge/table';
import type { RawFormat } from '@vqforge/media';
import { ScoreError } from './errors.ts';
import type { VmafOptions } from './vmaf-process.ts';
import type { ClipRequest } from './clip-request.ts';
import type { FrameKey } from './metric-columns.ts';

/** Where a regressor's features come from, and of what. */
export interface FeatureRequest extends Omit<ClipRequest, 'reference' | 'colour'> {
  readonly reference?: string;
  /** libvmaf logs, one per rendition, or feature tables. */
  readonly featuresFrom: readonly string[];
  /** The vmaf program, to measure them now. */
  readonly vmafProgram?: string;
  readonly models: { readonly threads?: number };
  readonly signal?: AbortSignal;
}

/** Rows of features in a model's order, and which frame each is of. */
export interface FeatureRows {
  /** Path of the log, table or clip that the features come from. */
  readonly path: string;
  /** [N, F], row by row. */
  readonly values: Float64Array;
  /** [N], the frame of each row. */
  readonly frames: readonly FrameKey[];
  /** Size of the pictures that the features were measured on, where that is known. */
  readonly picture?: { readonly width: number; readonly height: number } | undefined;
  /** Why the rows end before the clips do. */
  readonly failure?: CodedError | undefined;
}

/**
 * Features for each rendition, from its log, or measured now.
 *
 * @throws ScoreError MISSING_FEATURES | BAD_INPUT and those of `runVmaf`; TableError
 */
export async function featureRows(
  request: FeatureRequest,
  regressor: FrRegressor,
): Promise<readonly FeatureRows[]> {
  const { featuresFrom, distorted, vmafProgram } = request;
  if (vmafProgram !== undefined) return measure(request, vmafProgram, regressor);
  if (distorted.length > 0 && featuresFrom.length !== distorted.length)
    throw new ScoreError(
      'MISSING_FEATURES',
      `${featuresFrom.length} logs for ${distorted.length} distorted clips, expected one for each, in the same order`,
    );
  return Promise.all(featuresFrom.map((path) => readFeatures(path, regressor.featureOrder)));
}

/** One rendition after the other: vmaf has threads of its own. */
async function measure(
  { reference, distorted, raw, selection, models: { threads }, signal }: FeatureRequest,
  program: string,
  { teacherModel, featureOrder }: FrRegressor,
): Promise<FeatureRows[]> {
  if (reference === undefined || distorted.length === 0)
    throw new ScoreError('BAD_INPUT', `${program} measures clips, expected --reference and --distorted`);
  const [{ runVmaf }, { vmafClips }] = await Promise.all([
    import('./vmaf-process.ts'),
    import('./vmaf-clip-files.ts'),
  ]);
  const rows: FeatureRows[] = [];
  for (const path of distorted) {
    const clips = await vmafClips({ reference, distorted: path, raw, signal });
    try {
      const { log, failure } = await runVmaf({
        reference: clips.reference,
        distorted: clips.distorted,
        names: clips.names,
        program,
        rawFormat: clips.raw && vmafFormat(clips.raw),
        // the features that the teacher takes
        model: teacherModel ?? undefined,
        subsample: selection.subsample,
        frameCount: selection.count,
        skipReference: selection.skipReference,
        skipDistorted: selection.skipDistorted,
        threads,
        signal,
      });
      const measured = await rowsOfLog(log, program, featureOrder);
      // what ended a clip says more than that vmaf saw its end
      const reason = clips.failure() ?? failure;
      rows.push({ ...measured, failure: reason });
    } finally {
      await clips.close();
    }
  }
  return rows;
}

function vmafFormat({ width, height, chroma, bitDepth }: RawFormat): NonNullable<VmafOptions['rawFormat']> {
  if (chroma !== '400') return { width, height, pixelFormat: chroma, bitDepth };
  throw new ScoreError('BAD_INPUT', 'vmaf does not read 4:0:0; give --features-from, or another format');
}

/**
 * Features from a libvmaf log (one clip) or from a feature table, parquet or CSV (all its rows, in canonical order).
 *
 * @throws TableError
 */
async function readFeatures(path: string, featureOrder: readonly string[]): Promise<FeatureRows> {
  const { isFeatureTable } = await import('@vqforge/table');
  return (await isFeatureTable(path)) ? fromTable(path, featureOrder) : fromLog(path, featureOrder);
}

async function fromLog(path: string, featureOrder: readonly string[]): Promise<FeatureRows> {
  const { readVmafLog } = await import('@vqforge/table');
  return rowsOfLog(await readVmafLog(path), path, featureOrder);
}

async function rowsOfLog(log: VmafLog, path: string, featureOrder: readonly string[]): Promise<FeatureRows> {
  const { featuresOf } = await import('@vqforge/table');
  return {
    path,
    picture: log.picture,
    values: featuresOf(log, featureOrder),
    frames: Array.from(log.frames, (frameNum) => ({ frameNum })),
  };
}

async function fromTable(path: string, featureOrder: readonly string[]): Promise<FeatureRows> {
  const { loadFeatureTable } = await import('@vqforge/table');
  // scoring needs no teacher: the last feature stands in its place, and both are columns of the table
  const table = await loadFeatureTable({
    paths: [path],
    features: featureOrder.slice(0, -1),
    teacherColumn: featureOrder.at(-1) as string,
  });
  const { rows, source, disBasename, frameIndex } = table;
  const values = new Float64Array(rows * featureOrder.length);
  for (const [column, name] of featureOrder.entries()) {
    (table.columns.get(name) as Float64Array).forEach((value, row) => {
      values[row * featureOrder.length + column] = value;
    });
  }
  const frames = Array.from({ length: rows }, (_, row) => ({
    frameNum: frameIndex?.[row] ?? row,
    source: source.names[source.codes[row] as number] as string,
    ...(disBasename === undefined
      ? {}
      : { dis_basename: disBasename.names[disBasename.codes[row] as number] as string }),
  }));
  return { path, values, frames };
}
