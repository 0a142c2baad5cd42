import { basename, dirname, join, resolve } from 'node:path';

/**
 * Folders around a registry that belong to its models.
 *
 * By default a registry in a folder of `model/`, such as `model/tiny`, keeps its history in `model/.history` and looks for
 * evidence in `runs/` beside `model/`; any other registry keeps its history in its own folder and knows no evidence.
 */
export interface Surroundings {
  /** Folder with the evidence of runs, one folder per model id. */
  readonly runs?: string;
  /** Folder that takes what is replaced. */
  readonly history?: string;
}

/** The same, decided. */
export interface Places {
  /** Null when no evidence belongs to the registry. */
  readonly runs: string | null;
  readonly history: string;
}

/**
 * The folders of the runs and of the history of a registry.
 *
 * @param folder of the registry
 */
export function placesOf(folder: string, { runs, history }: Surroundings): Places {
  const parent = dirname(resolve(folder));
  const isOfModels = basename(parent) === 'model';
  return {
    runs: runs ?? (isOfModels ? join(dirname(parent), 'runs') : null),
    history: history ?? (isOfModels ? join(parent, '.history') : join(folder, '.history')),
  };
}
