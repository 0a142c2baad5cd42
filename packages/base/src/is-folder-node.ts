import { stat } from 'node:fs/promises';

/** Whether a folder is at that path, or a link to one; false where nothing is, or nothing that may be looked at. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
