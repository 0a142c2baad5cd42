import { CodedError } from '@vqforge/base';
import { makeFolder } from '@vqforge/artifact/node';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BappsError } from './errors.ts';
import { LAYOUTS, PATCH_SIDE, type BappsMode } from './layout.ts';
import { MINI_ORIGIN, writeManifest, type BappsManifest } from './manifest.ts';
import { MINI_RULE, MINI_SETS, miniItems } from './mini.ts';
import { writeNpyNumber } from './npy.ts';
import { storedPng } from './stored-png.ts';

export interface MiniOptions {
  /** Folder that gets `2afc`, `jnd` and a manifest. */
  readonly out: string;
  /** Items of each set of val; those of train have twice as many. */
  readonly count: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a dataset in the layout of BAPPS from drawn pictures, judged by a stated rule: for trying things out, and for
 * tests. The same options give the same bytes on every machine.
 *
 * @throws BappsError BAD_OUTPUT where there is a dataset already, UNWRITABLE, INTERRUPTED
 * @example (await writeMiniBapps({ out: 'bapps', seed: 0, count: 2 })).sets[0]; // => { mode: '2afc', set: 'train/cnn', count: 4, sha256: '6eb396e7…' }
 */
export async function writeMiniBapps({ out, count, seed, signal }: MiniOptions): Promise<BappsManifest> {
  for (const mode of Object.keys(LAYOUTS)) {
    const isTaken = await stat(join(out, mode)).then(
      () => true,
      () => false,
    );
    if (isTaken)
      throw new BappsError('BAD_OUTPUT', `${join(out, mode)} is there already; choose another folder`);
  }
  try {
    for (const mode of Object.keys(MINI_SETS) as BappsMode[]) {
      for (const set of Object.keys(MINI_SETS[mode])) {
        if (signal?.aborted === true) throw new BappsError('INTERRUPTED', 'bapps mini was interrupted');
        await writeSet(join(out, mode, set), mode, set, set.startsWith('train/') ? 2 * count : count, seed);
      }
    }
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new BappsError('UNWRITABLE', `${out} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return writeManifest(out, `${MINI_ORIGIN}, seed ${seed}: ${MINI_RULE}`, 'rule');
}

async function writeSet(
  folder: string,
  mode: BappsMode,
  set: string,
  count: number,
  seed: number,
): Promise<void> {
  const { pictures, judgement } = LAYOUTS[mode];
  for (const role of [...pictures, judgement]) await makeFolder(join(folder, role));
  let number = 0;
  for (const item of miniItems(mode, set, count, seed)) {
    const id = String(number++).padStart(6, '0');
    for (const [role, rgb] of Object.entries(item.pictures))
      await writeFile(join(folder, role, `${id}.png`), storedPng(rgb, PATCH_SIDE, PATCH_SIDE));
    await writeFile(join(folder, judgement, `${id}.npy`), writeNpyNumber(item.judgement));
  }
}
