import {
  type JsonDifference,
  jsonDifferences,
  type RegistryEntry,
  MAX_METRICS_BYTES,
} from '@vqforge/artifact';
import { type Json, orUndefined, parseJson } from '@vqforge/base';
import { decodeModel, modelDifferences, OnnxError } from '@vqforge/onnx';
import { readInside } from '../bounded-file.ts';
import { RegistryError } from '../errors.ts';
import { MAX_JSON_BYTES, MAX_ONNX_BYTES, sidecarName } from '../pinned-name.ts';
import { findEntry, parsedRegistry, registryBytes } from '../registry-entry.ts';
import { locateRegistry, readConsistently } from '../snapshot-files.ts';
import { entryDigest } from './archive-files.ts';
import {
  chooseVersion,
  readVersionFile,
  registryHistory,
  type ReplacedVersion,
  wholeEntry,
} from './history-files.ts';
import { placesOf, type Surroundings } from './surroundings.ts';

/** Options of `diffModels`: one model and two of its versions. */
export interface DiffOptions extends Surroundings {
  /** The registry's folder, or its JSON file. */
  readonly registry: string;
  readonly id: string;
  /** Digest of a replaced version, or its first digits; default: the last one replaced that is not pinned now. */
  readonly from?: string;
  /** The same; default: what the registry pins. */
  readonly to?: string;
}

/** How two versions of a model differ; empty lists where they do not. */
export interface ModelDiff {
  readonly id: string;
  /** Digests of the two canonical entries. */
  readonly from: string;
  readonly to: string;
  readonly entry: readonly JsonDifference[];
  readonly sidecar: readonly JsonDifference[];
  /** In ONNX's words: inputs, outputs, nodes, initializers with the largest difference of an element. */
  readonly graph: readonly string[];
  /** Fold by fold; empty as well where one of the two has no evidence. */
  readonly metrics: readonly JsonDifference[];
}

/** One side of a comparison. */
interface Side {
  readonly digest: string;
  readonly entry: RegistryEntry;
  readonly onnx: Buffer | null;
  readonly sidecar: Json | undefined;
  readonly metrics: Json | undefined;
}

/**
 * Compares a replaced version of a model with what is pinned, or two replaced versions with each other: entry, sidecar,
 * graph and metrics. Writes nothing.
 *
 * @throws RegistryError UNKNOWN_ID | UNKNOWN_VERSION | DAMAGED_HISTORY and those of `readRegistry`
 */
export async function diffModels({
  registry: path,
  id,
  from,
  to,
  ...surroundings
}: DiffOptions): Promise<ModelDiff> {
  const versions = await registryHistory({ registry: path, id, ...surroundings });
  const old = await sideOfVersion(chooseVersion(versions, id, from));
  const next =
    to === undefined
      ? await pinnedSide(path, id, surroundings)
      : await sideOfVersion(chooseVersion(versions, id, to));
  return {
    id,
    from: old.digest,
    to: next.digest,
    entry: jsonDifferences(old.entry as Json, next.entry as Json),
    sidecar: jsonDifferences(old.sidecar, next.sidecar),
    graph: graphDifferences(old.onnx, next.onnx),
    metrics:
      old.metrics === undefined || next.metrics === undefined
        ? []
        : jsonDifferences(old.metrics, next.metrics),
  };
}

async function sideOfVersion(version: ReplacedVersion): Promise<Side> {
  const entry = wholeEntry(version);
  const name = entry.onnx.slice(entry.onnx.lastIndexOf('/') + 1);
  return {
    digest: version.digest,
    entry,
    onnx: await readVersionFile(version, name, MAX_ONNX_BYTES),
    sidecar: jsonOf(await readVersionFile(version, sidecarName(name), MAX_JSON_BYTES)),
    metrics: metricsOf(jsonOf(await readVersionFile(version, 'metrics.json', MAX_METRICS_BYTES)), entry),
  };
}

async function pinnedSide(path: string, id: string, surroundings: Surroundings): Promise<Side> {
  const location = await locateRegistry(path);
  const { runs } = placesOf(location.folder, surroundings);
  return readConsistently(location, async (view) => {
    const entry = findEntry(parsedRegistry(view, await registryBytes(view)), id);
    const metrics = runs === null ? null : await readInside(runs, [id, 'metrics.json'], MAX_METRICS_BYTES);
    return {
      digest: entryDigest(entry),
      entry,
      onnx: await view.read(entry.onnx, MAX_ONNX_BYTES),
      sidecar: jsonOf(await view.read(sidecarName(entry.onnx), MAX_JSON_BYTES)),
      metrics: metricsOf(jsonOf(metrics), entry),
    };
  });
}

/** The folds and their summary, when the metrics are of this model. */
function metricsOf(document: Json | undefined, entry: RegistryEntry): Json | undefined {
  const { loso, artifacts } = (document ?? {}) as { loso?: Json; artifacts?: { onnx?: Json } | null };
  return artifacts?.onnx === entry.sha256 ? loso : undefined;
}

function jsonOf(bytes: Buffer | null): Json | undefined {
  if (bytes === null) return undefined;
  return orUndefined(() => parseJson(bytes, { maxBytes: MAX_METRICS_BYTES }) as Json);
}

function graphDifferences(from: Buffer | null, to: Buffer | null): string[] {
  if (from === null || to === null)
    return from === to
      ? []
      : [`file: expected ${from === null ? 'none' : 'one'}, got ${to === null ? 'none' : 'one'}`];
  try {
    return modelDifferences(decodeModel(from), decodeModel(to));
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    throw new RegistryError('DAMAGED_HISTORY', `a model cannot be compared: ${error.message}`, {
      cause: error,
    });
  }
}
