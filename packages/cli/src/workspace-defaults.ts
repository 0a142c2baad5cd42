import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { workspaceFolders, type WorkspaceFolders } from '@vqforge/artifact/node';
import type { Place } from './place.ts';

/** The folder of pulled weights: `--cache`, `VQFORGE_WEIGHTS_CACHE`, or the user's cache folder (XDG base directories). */
export function weightsCache(flag?: string): string {
  const chosen = flag ?? process.env['VQFORGE_WEIGHTS_CACHE'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vqforge', 'weights');
}

/** The table that the shipped regressor learns from. @throws UsageError outside of a workspace */
export function defaultTable(place: Place): string[] {
  return [join(place.workspace('the table of --parquet').datasets, 'open9', 'open9_features.parquet')];
}

/**
 * Where a command writes. Outside of a workspace it works when all of its outputs are named.
 * @param outputs what the flags name; undefined stands for an output that would go into the workspace
 * @throws UsageError when one of them is not named, and there is no workspace
 */
export function ownOutputs(
  place: Place,
  ...outputs: readonly (string | undefined)[]
): { readonly root: string; readonly folders: WorkspaceFolders } {
  const isNamed = outputs.every((output) => output !== undefined);
  const folders = isNamed
    ? (place.found ?? workspaceFolders(place.root))
    : place.workspace('what is not named by --out-onnx and --metrics-out');
  const { datasets, runs, model } = folders;
  return { root: place.root, folders: { datasets, runs, model } };
}
