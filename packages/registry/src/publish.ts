import {
  type CheckedPublication,
  checkPublication,
  filesOf,
  type Publication,
  updateRegistry,
} from './publication.ts';
import { type FileOperations, nodeFiles } from './durable-files.ts';
import { requireReplaceable } from './history/replacement.ts';
import {
  changeRegistry,
  changeResult,
  type ChangeOptions,
  type ChangeResult,
  isEmpty,
  type PlannedChange,
  plannedChange,
} from './registry-change.ts';
import { registryIfPresent } from './registry-entry.ts';
import { locateRegistry, readConsistently, type View } from './snapshot-files.ts';

/** Options of `publish`: the model, the registry, and how it is changed. */
export interface PublishOptions extends Publication, ChangeOptions {
  /** The registry's folder, or its JSON file; made when the folder has none. */
  readonly registry: string;
  /** Replace the id's model by one of another origin; a rebuild of the same origin needs no leave. Default: no. */
  readonly replace?: boolean;
}

/** The change that a publish made, with the digests of what is pinned now. */
export interface PublishResult extends ChangeResult {
  readonly digests: { readonly onnx: string; readonly sidecar: string; readonly registry: string };
}

/**
 * Pin a model: ONNX, sidecar, bundle and registry change together or not at all, under a kill at any instant and
 * with any number of publishers at work. Only the entry and files of its own id are touched. A version that is replaced is
 * copied to the history first, with its evidence; equal bytes move nothing.
 *
 * @param files how the disk is changed; only tests give it
 * @throws RegistryError INVALID_PUBLICATION | FORBIDDEN_MODEL | TOO_LARGE | PATH_ESCAPE | NOT_A_FILE | UNREADABLE |
 * BAD_REGISTRY | UNSUPPORTED_VERSION | NEEDS_REPLACE | LOCK_TIMEOUT | BUSY | DAMAGED_JOURNAL | UNWRITABLE, all with the
 * old state intact; COMMITTED_NOT_APPLIED with the new state in force
 */
export async function publish(
  options: PublishOptions,
  files: FileOperations = nodeFiles,
): Promise<PublishResult> {
  const location = await locateRegistry(options.registry);
  const publication = checkPublication(options, location.file);
  const plan = (view: View): Promise<PlannedChange> =>
    planPublication(view, publication, options.replace === true);
  const unchanged = await readConsistently(location, async (view) => {
    const planned = await plan(view);
    return isEmpty(planned) && view.journal === null && (await view.leftovers()).length === 0
      ? planned
      : null;
  });
  const outcome =
    unchanged === null
      ? await changeRegistry(location, options, files, plan)
      : { planned: unchanged, archived: null, recovered: [] };
  return {
    ...changeResult(location, outcome),
    digests: {
      onnx: publication.onnxDigest,
      sidecar: publication.sidecarDigest,
      registry: outcome.planned.registryDigest,
    },
  };
}

async function planPublication(
  view: View,
  publication: CheckedPublication,
  replace: boolean,
): Promise<PlannedChange> {
  const update = updateRegistry(await registryIfPresent(view), publication);
  if (!replace && update.old !== undefined) await requireReplaceable(view, update.old, publication);
  return plannedChange(view, publication.parsed.id, update, filesOf(publication));
}
