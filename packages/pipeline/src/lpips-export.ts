import { basename } from 'node:path';
import { formatSidecar, modelCard, parseSidecar, type Parity, MODEL_ID } from '@vqforge/artifact/publishing';
import {
  LPIPS,
  lpipsModel,
  lpipsParity,
  lpipsParityTolerance,
  PINNED_LPIPS,
  type LpipsInput,
  type LpipsModelOptions,
  type LpipsNet,
  type LpipsVersion,
} from '@vqforge/export/lpips';
import {
  MAX_DOCUMENT_BYTES,
  readIfPresent,
  requireFolderOf,
  requireSafeOutputs,
  writeDocuments,
  workspaceFolders,
} from '@vqforge/artifact/node';
import { PipelineError } from './errors.ts';
import { lpipsSidecar, weightDigests, type HeadsLineage, type LpipsChoice } from './lpips-sidecar.ts';
import { outputPaths, PINNED_RUN, type PublishingOptions, runOutputs } from './output-paths.ts';
import { digestOf, publishModel } from './publish-files.ts';
import type { Rebuilt } from './regenerate.ts';
import type { RunFile } from './run-documents.ts';
import {
  findCached,
  MAX_WEIGHTS_BYTES,
  selectWeights,
  upstreamFile,
  type UpstreamFile,
} from '@vqforge/weights/cached';

export interface ExportLpipsOptions extends PublishingOptions {
  readonly net: LpipsNet;
  readonly version: LpipsVersion;
  /** No heads: every channel counts 1. */
  readonly baseline: boolean;
  readonly maps: boolean;
  readonly input: LpipsInput;
  readonly opset: 17 | 18;
  /** Weight files; default: those of the cache. */
  readonly trunk?: string;
  readonly heads?: string;
  readonly cache: string;
  /** Needed for anything that is not pinned. */
  readonly id?: string;
  /** False: write the files, pin nothing. */
  readonly register: boolean;
  readonly packageVersion: string;
}

export interface ExportLpipsResult {
  readonly id: string;
  readonly parity: Parity;
  readonly written: readonly RunFile[];
}

/**
 * Weights → graph → parity against upstream node for node → sidecar → registry entry.
 *
 * @throws PipelineError BAD_NAME when a pinned id would name another graph, or nothing names this one; MISSING_WEIGHTS,
 * UNPUBLISHABLE, PARITY_FAILED, BAD_OUTPUT, UNREADABLE, INTERRUPTED; WeightsError; RegistryError
 * @example
 * const { parity } = await exportLpips({
 *   net: 'squeeze', version: '0.1', baseline: false, maps: false, input: 'float32', opset: 18,
 *   cache: 'weights', outputs: {}, register: true, root: '.', packageVersion: VERSION,
 * });
 * parity.max_abs_error < 1e-6; // => true
 */
export async function exportLpips(options: ExportLpipsOptions): Promise<ExportLpipsResult> {
  const { net, version, baseline, maps, input, opset, register, root, signal } = options;
  const folders = options.folders ?? workspaceFolders(root);
  const choice: LpipsChoice = { net, version, baseline, maps, input, opset };
  const trunk = await weightsOf(upstreamFile(net, 'trunk'), options.trunk, options.cache, '--trunk');
  const heads = baseline
    ? null
    : await weightsOf(upstreamFile(net, version), options.heads, options.cache, '--heads');
  const model: LpipsModelOptions = { ...choice, trunk, heads };
  const { id, file } = nameOf(choice, model, options.id);
  const paths = outputPaths(options.outputs, folders.model, file);
  await requireFolderOf(paths.onnx, '--out-onnx');
  await requireSafeOutputs({
    outputs: register
      ? runOutputs(paths)
      : runOutputs(paths).flatMap((output) =>
          output.role === 'model' ? [{ ...output, role: 'document' as const }] : [],
        ),
    inputs: [options.trunk, options.heads].filter((path) => path !== undefined),
    registries: [folders.model],
    runs: [folders.runs],
    force: options.force === true,
  });
  const { onnx, sidecar, parity } = await buildLpips({
    id,
    model,
    choice,
    name: basename(paths.onnx),
    version: options.packageVersion,
    maxBytes: register ? MAX_DOCUMENT_BYTES : Infinity,
  });
  if (signal?.aborted === true)
    throw new PipelineError('INTERRUPTED', 'interrupted before anything was written');
  if (!register) {
    const documents = [
      { path: paths.onnx, text: onnx },
      { path: paths.sidecar, text: sidecar },
    ];
    await writeDocuments(documents);
    return { id, parity, written: documents.map(digestOf) };
  }
  const published = await publishModel({
    paths,
    folders,
    onnx,
    sidecar,
    card: modelCard({ sidecar: parseSidecar(sidecar) }),
    // weights of others are not ours to distribute: users make the model from upstream's files
    shipped: false,
    replace: options.replace === true,
    signal,
  });
  return { id, parity, written: published.written };
}

interface LpipsBuild {
  readonly id: string;
  readonly model: LpipsModelOptions;
  readonly choice: LpipsChoice;
  /** Name of the ONNX file. */
  readonly name: string;
  /** Version of the command's package. */
  readonly version: string;
  /** The largest model that will do: a registry has a cap, a file has none. */
  readonly maxBytes: number;
  /** How the heads were made, for heads of `trainLpips`. */
  readonly lineage?: HeadsLineage | undefined;
}

/** The files of a graph, in memory. @throws PipelineError UNPUBLISHABLE, PARITY_FAILED */
export async function buildLpips({
  id,
  model,
  choice,
  name,
  version,
  maxBytes,
  lineage,
}: LpipsBuild): Promise<Rebuilt & { readonly parity: Parity }> {
  const onnx = lpipsModel(model);
  if (onnx.length > maxBytes)
    throw new PipelineError(
      'UNPUBLISHABLE',
      `${name} has ${onnx.length} bytes, a registry takes at most ${maxBytes}; add --no-registry to write it all the same`,
    );
  const { maxAbsError, largest, pairs } = await lpipsParity(onnx, model);
  // heads that were trained here may have any scale, and rounding is that of the distances
  const scale = lineage === undefined ? 1 : Math.max(1, largest);
  const tolerance = scale * lpipsParityTolerance(model.heads);
  if (!(maxAbsError <= tolerance))
    throw new PipelineError(
      'PARITY_FAILED',
      `the exported graph differs from the definition by ${maxAbsError} on ${pairs} image pairs, at most ${tolerance} is allowed; nothing was written`,
    );
  const parity: Parity = { engine: 'wasm', max_abs_error: maxAbsError, tolerance, unit: 'pairs', n: pairs };
  const sidecar = lpipsSidecar({ id, model, choice, onnx: { name, bytes: onnx }, parity, version, lineage });
  return { onnx, sidecar: Buffer.from(formatSidecar(sidecar)), parity };
}

/** Weights from the file that a flag names, or from the cache. @throws PipelineError MISSING_WEIGHTS, UNREADABLE */
export async function weightsOf(
  upstream: UpstreamFile,
  path: string | undefined,
  cache: string,
  flag: string,
): Promise<LpipsModelOptions['trunk']> {
  const file = path ?? (await findCached(cache, upstream))?.path;
  if (file === undefined)
    throw new PipelineError(
      'MISSING_WEIGHTS',
      `${upstream.file} is not in ${cache}; run vqforge weights pull ${upstream.net}, or give a file with ${flag}`,
    );
  const bytes = await readIfPresent(file, MAX_WEIGHTS_BYTES);
  if (bytes === undefined) throw new PipelineError('UNREADABLE', `${flag}: ${file} does not exist`);
  return selectWeights(bytes, upstream);
}

/** The pinned names are for exactly the pinned graphs: these choices, upstream's weights. */
function nameOf(
  choice: LpipsChoice,
  model: LpipsModelOptions,
  id: string | undefined,
): { readonly id: string; readonly file: string } {
  const pinned = PINNED_LPIPS.find((candidate) => isPinnedGraph(candidate, choice, model));
  if (pinned !== undefined && (id === undefined || id === pinned.id)) return pinned;
  if (id === undefined)
    throw new PipelineError(
      'BAD_NAME',
      'this graph or its weights are not those of a pinned model; name it with --id',
    );
  assertFreeId(id);
  return { id, file: `${id}.onnx` };
}

/**
 * Refuses an id that a registry does not take or that a pinned model has.
 *
 * @throws PipelineError BAD_NAME for what a registry does not take, and for the names of pinned models
 */
export function assertFreeId(id: string): void {
  const reserved = [PINNED_RUN, ...PINNED_LPIPS.map((candidate) => candidate.id)];
  if (reserved.includes(id))
    throw new PipelineError(
      'BAD_NAME',
      `--id ${id} names a pinned model, and this is another one; choose another id`,
    );
  if (!MODEL_ID.test(id))
    throw new PipelineError(
      'BAD_NAME',
      `--id ${id}: expected at most 64 small letters, digits, _ and -, a letter or digit first`,
    );
}

function isPinnedGraph(
  { net, version, maps }: (typeof PINNED_LPIPS)[number],
  choice: LpipsChoice,
  model: LpipsModelOptions,
): boolean {
  const digests = weightDigests(model);
  return (
    choice.net === net &&
    choice.version === version &&
    choice.maps === maps &&
    !choice.baseline &&
    choice.input === 'float32' &&
    choice.opset === LPIPS.opset &&
    digests['trunk'] === upstreamFile(net, 'trunk').content &&
    digests['heads'] === upstreamFile(net, version).content
  );
}
