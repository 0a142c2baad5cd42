import { constants } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { systemCode } from './errors.ts';

/**
 * Every way in which a publish changes the disk. An argument, so that a test can stop between any two of them.
 */
export interface FileOperations {
  /** Creates a file that must not exist. */
  createFile(path: string, bytes: Uint8Array): Promise<void>;
  /** Copies a regular file to a name that must not exist, whatever its size. */
  copyFile(from: string, to: string): Promise<void>;
  /** Returns when the file's bytes are on the disk. */
  syncFile(path: string): Promise<void>;
  /** Returns when the folder's names are on the disk. */
  syncFolder(path: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** No error when it is already gone. */
  removeFile(path: string): Promise<void>;
  removeEmptyFolder(path: string): Promise<void>;
}

export const nodeFiles: FileOperations = {
  createFile: (path, bytes) => writeFile(path, bytes, { flag: 'wx' }),
  copyFile: (from, to) => copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE),
  syncFile: sync,
  async syncFolder(path) {
    try {
      await sync(path);
    } catch (error) {
      // some file systems cannot sync a folder and say so; there is nothing better to do there
      if (!['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP'].includes(systemCode(error) ?? '')) throw error;
    }
  },
  makeFolder: (path) => mkdir(path),
  rename,
  removeFile: (path) => rm(path, { force: true }),
  removeEmptyFolder: rmdir,
};

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder that may be there already. */
export async function ensureFolder(path: string, files: FileOperations): Promise<void> {
  try {
    await files.makeFolder(path);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}
