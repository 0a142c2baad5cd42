import { existsSync, readFileSync } from 'node:fs';
import { readWeights } from '../../../src/weights/read-weights.ts';
import { selectHeads, selectTrunk } from '../../../src/weights/lpips-weights.ts';
import { type LpipsNet } from '../../../src/weights/lpips-tensors.ts';
import { type StateDict } from '../../../src/weights/state-dict.ts';

/** Weights, images and the reference model may not be committed; they lie beside the repository on some machines. */
const SHARED = new URL('../../../../../../shared/', import.meta.url);

/** Whether all of these are there; says what is skipped where they are not. */
export function havePaths(what: string, paths: readonly string[]): boolean {
  const missing = paths.filter((path) => !existsSync(new URL(path, SHARED)));
  if (missing.length > 0) console.warn(`skipped: ${what}: ${missing.join(', ')} not in ${SHARED.pathname}`);
  return missing.length === 0;
}

export function readShared(path: string): Uint8Array {
  return readFileSync(new URL(path, SHARED));
}

export const SQUEEZE_FILES: readonly string[] = [
  'weights/squeezenet1_1_features.pth',
  'weights/lpips_v0.1_squeeze.pth',
];
export const ALEX_FILES: readonly string[] = [
  'oracles/alexnet_random_features.pth',
  'weights/lpips_v0.1_alex.pth',
];

/** @param files trunk and heads */
export function sharedWeights(
  net: LpipsNet,
  [trunk = '', heads = '']: readonly string[],
): { net: LpipsNet; version: '0.1'; trunk: StateDict; heads: StateDict } {
  return {
    net,
    version: '0.1',
    trunk: selectTrunk(readWeights(readShared(trunk)).stateDict, net),
    heads: selectHeads(readWeights(readShared(heads)).stateDict, net),
  };
}
