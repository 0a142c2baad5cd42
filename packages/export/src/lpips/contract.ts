import type { LpipsNet } from '../weights/lpips-tensors.ts';

/** Versions of the heads. 0.1 is what upstream uses by default; 0.0 is that of the paper. */
export type LpipsVersion = '0.1' | '0.0';

/** Constants of every LPIPS graph: names, versions, and the numbers that its definition fixes. */
export const LPIPS = {
  inputNames: ['ref', 'dist'],
  outputName: 'score',
  perLayerName: 'per_layer',
  opset: 18,
  irVersion: 8,
  producerName: 'vqforge',
  /** Added to the norm of a feature vector, after the square root, as upstream does: an all-zero vector stays zero. */
  epsilon: 1e-10,
} as const;

/** Name of the distance map of a tap. */
export function mapName(tap: number): string {
  return `map_${tap}`;
}

/** A graph that is pinned under a name of its own; anything else needs another one. */
export interface PinnedLpips {
  readonly id: string;
  readonly file: string;
  readonly net: LpipsNet;
  readonly version: LpipsVersion;
  readonly maps: boolean;
}

export const PINNED_LPIPS: readonly PinnedLpips[] = [
  { id: 'vmaf_tiny_lpips_sq_v1', file: 'lpips_sq.onnx', net: 'squeeze', version: '0.1', maps: false },
  {
    id: 'vmaf_tiny_lpips_sq_maps_v1',
    file: 'lpips_sq_maps.onnx',
    net: 'squeeze',
    version: '0.1',
    maps: true,
  },
];
