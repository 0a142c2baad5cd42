import { realpath } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { ArtifactError } from './errors.ts';

/** Whether a path lies below a folder `node_modules`. */
export function isInstalled(path: string): boolean {
  return path.split(sep).includes('node_modules');
}

/**
 * Refuses a path below `node_modules`, also through links: what is written there is gone with the next installation.
 *
 * @param path of a file or folder that need not be there yet
 * @param name how the message calls it; default: the path
 * @throws ArtifactError BAD_OUTPUT
 * @example await requireKept('/project/node_modules/a/model.onnx') // throws BAD_OUTPUT: … lies below node_modules, …
 */
export async function requireKept(path: string, name: string = path): Promise<void> {
  const absolute = resolve(path);
  if (!isInstalled(absolute) && !isInstalled(await realFolder(absolute))) return;
  throw new ArtifactError(
    'BAD_OUTPUT',
    `${name} lies below node_modules, where the next installation erases it; write elsewhere`,
  );
}

/** The nearest folder above that is there, without links. */
async function realFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    const real = await realpath(folder).catch(() => undefined);
    if (real !== undefined) return real;
    if (dirname(folder) === folder) return folder;
  }
}
