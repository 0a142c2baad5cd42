import { join } from 'node:path';
import type { RecipeChoice } from '@vqforge/artifact';
import { parseSidecar, type RegistryEntry, type Sidecar } from '@vqforge/artifact/publishing';
import { compactJson, orUndefined, undefinedIfCoded, type EngineName } from '@vqforge/base';
import { RegistryError } from '../errors.ts';
import { MAX_JSON_BYTES, MAX_ONNX_BYTES, sidecarName } from '../pinned-name.ts';
import type { CheckedPublication } from '../publication.ts';
import { registryIfPresent } from '../registry-entry.ts';
import { locateRegistry, readConsistently, type View } from '../snapshot-files.ts';
import { entryDigest } from './archive-files.ts';
import { placesOf, type Surroundings } from './surroundings.ts';

/** The choices of a user that decide the bytes of a trained regressor. */
export interface TrainingOrigin {
  /** Content digest of the table. */
  readonly datasetDigest: string;
  /** Content digest of the teacher probes among its training rows; default: none. */
  readonly probesDigest?: string;
  readonly recipe: RecipeChoice;
  readonly seed: number;
  readonly engine: EngineName;
}

/**
 * Whether two models were made of the same things in the same way, so that one is a rebuild of the other: the same table,
 * recipe, seed and engine for a regressor; the same weights and arguments for an LPIPS model.
 */
function isRebuild(old: Sidecar, next: Sidecar): boolean {
  return compactJson(originOf(old)) === compactJson(originOf(next));
}

/** Foresees `isRebuild` before the training that makes the sidecar. */
function isRebuildBy(old: Sidecar, origin: TrainingOrigin): boolean {
  const next = { task: 'feature_regression', probesDigest: null, ...origin };
  return compactJson(originOf(old)) === compactJson(next);
}

function originOf(sidecar: Sidecar): object {
  const { task } = sidecar;
  if (sidecar.task === 'feature_regression') {
    const { dataset_digest: datasetDigest, augmentation, recipe, seed, engine } = sidecar.training;
    const probesDigest = augmentation?.dataset_digest ?? null;
    return { task, datasetDigest, probesDigest, recipe, seed, engine };
  }
  return { task, weights: sidecar.weights, args: sidecar.run_provenance.args };
}

/** The model that publishing under an id would replace. */
export interface Replacement {
  /** `new`: the id is free. `rebuild`: table, recipe, seed and engine are the same. `other`: anything else. */
  readonly kind: 'new' | 'rebuild' | 'other';
  /** The entry that would be replaced; null for a free id. */
  readonly entry: RegistryEntry | null;
  /** Folder that would keep it; null for a free id. */
  readonly archive: string | null;
}

/**
 * Foresees which model a training would replace if it published under `id`; nothing is written. Equal bytes will replace nothing even so.
 *
 * @param path the registry's folder, or its JSON file; one that does not exist has only free ids
 * @throws RegistryError those of `readRegistry` but MISSING_REGISTRY
 */
export async function foreseeReplacement(
  path: string,
  id: string,
  origin: TrainingOrigin,
  surroundings: Surroundings = {},
): Promise<Replacement> {
  const location = await locateRegistry(path);
  return readConsistently(location, async (view) => {
    const entry = (await registryIfPresent(view))?.models.find((candidate) => candidate.id === id);
    if (entry === undefined) return { kind: 'new', entry: null, archive: null };
    const old = await sidecarOf(view, entry);
    const { history } = placesOf(view.folder, surroundings);
    return {
      kind: old !== null && isRebuildBy(old, origin) ? 'rebuild' : 'other',
      entry,
      archive: join(history, id, entryDigest(entry)),
    };
  });
}

/**
 * Refuses to publish over a model of another origin.
 *
 * @throws RegistryError NEEDS_REPLACE
 */
export async function requireReplaceable(
  view: View,
  old: RegistryEntry,
  { parsed, onnxDigest, sidecarDigest }: CheckedPublication,
): Promise<void> {
  if (old.sha256 === onnxDigest && (old.sidecar_sha256 ?? sidecarDigest) === sidecarDigest) return;
  // a pin without files: there is nothing to lose
  const hasFile = async (name: string, cap: number): Promise<boolean> =>
    (await view.read(name, cap)) !== null;
  if (!(await hasFile(old.onnx, MAX_ONNX_BYTES)) && !(await hasFile(sidecarName(old.onnx), MAX_JSON_BYTES)))
    return;
  const sidecar = await sidecarOf(view, old);
  if (sidecar !== null && isRebuild(sidecar, parsed)) return;
  throw needsReplace(view.folder, old);
}

/** The error about an id whose model would be lost to another one. */
export function needsReplace(folder: string, { id, sha256: digest }: RegistryEntry): RegistryError {
  return new RegistryError(
    'NEEDS_REPLACE',
    `registry ${folder} pins another model as ${id}, sha256 ${digest}, which is no rebuild of the same table, recipe, seed and engine; publish under another id, or replace it with --replace (the old one is kept in the history)`,
  );
}

/** Null when it is missing, or says nothing that can be relied on. */
async function sidecarOf(view: View, entry: RegistryEntry): Promise<Sidecar | null> {
  const bytes = await view.read(sidecarName(entry.onnx), MAX_JSON_BYTES).catch(undefinedIfCoded);
  return (bytes && orUndefined(() => parseSidecar(bytes))) ?? null;
}
