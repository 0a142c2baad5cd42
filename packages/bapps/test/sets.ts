import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeNpyNumber } from '../src/npy.ts';
import { storedPng } from '../src/stored-png.ts';

/** Bytes of a 32-bit linear congruential generator (Numerical Recipes' constants), its top byte each. */
export function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** A PNG of noise, a patch of 64 × 64 unless said otherwise. */
export function picture(seed: number, width = 64, height = width): Uint8Array {
  return storedPng(noise(3 * width * height, seed), width, height);
}

export async function write(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

/** A triplet of noise; its pictures have the seeds 10 n, 10 n + 1, 10 n + 2. */
export async function writeTriplet(folder: string, set: string, n: number, judge: number): Promise<void> {
  const path = (role: string, ending: string): string =>
    join(folder, '2afc', set, role, `${String(n).padStart(6, '0')}.${ending}`);
  await write(path('ref', 'png'), picture(10 * n));
  await write(path('p0', 'png'), picture(10 * n + 1));
  await write(path('p1', 'png'), picture(10 * n + 2));
  await write(path('judge', 'npy'), writeNpyNumber(judge));
}

export async function writePair(folder: string, set: string, n: number, same: number): Promise<void> {
  const path = (role: string, ending: string): string =>
    join(folder, 'jnd', set, role, `${String(n).padStart(6, '0')}.${ending}`);
  await write(path('p0', 'png'), picture(10 * n));
  await write(path('p1', 'png'), picture(10 * n + 1));
  await write(path('same', 'npy'), writeNpyNumber(same));
}
