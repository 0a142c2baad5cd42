import type { LpipsNet } from '@vqforge/export';
import { dssimDistance, l2Distance } from './classic-distance.ts';
import { colours, type Colourspace } from './colour.ts';

/** The metric behind a distance, as documents describe it. */
export interface MetricDescription {
  readonly name: 'lpips' | 'baseline' | 'l2' | 'dssim';
  readonly net?: LpipsNet;
  readonly version?: string;
  /** Id of the ONNX model in the registry; null where none pins it. */
  readonly id?: string | null;
  readonly sha256?: string;
  readonly engine?: string;
  readonly provider?: string;
  readonly colorspace?: Colourspace;
  readonly bug_compatible?: boolean;
}

/** Patches, interleaved RGB bytes [64, 64, 3]: a reference, and what is compared with it. */
export interface Comparison {
  readonly reference: Uint8Array;
  readonly distorted: readonly Uint8Array[];
}

export interface PatchMetric {
  readonly description: MetricDescription;
  /** Groups of comparisons that it is worth to have under way at once. */
  readonly parallel: number;
  /** A list per comparison: the distance of each distorted patch from the reference, 0 for the same patch. */
  distances(comparisons: readonly Comparison[]): Promise<number[][]>;
  close(): Promise<void>;
}

export interface ClassicMetricOptions {
  readonly name: 'l2' | 'dssim';
  readonly colorspace: Colourspace;
  /** Truncate bytes as upstream does on the way to Lab and to SSIM; L2 in RGB never takes that way. */
  readonly bugCompatible: boolean;
}

/**
 * L2 or SSIM of the pixels.
 *
 * @example
 * const black = new Uint8Array(64 * 64 * 3);
 * await classicMetric({ name: 'l2', colorspace: 'RGB', bugCompatible: false })
 *   .distances([{ reference: black, distorted: [black, black.map(() => 255)] }]); // => [[0, 4]]
 */
export function classicMetric({ name, colorspace, bugCompatible }: ClassicMetricOptions): PatchMetric {
  const distance = name === 'l2' ? l2Distance : dssimDistance;
  const truncating = bugCompatible && !(name === 'l2' && colorspace === 'RGB');
  const compare = ({ reference, distorted }: Comparison): number[] => {
    const from = colours(reference, colorspace, truncating);
    return distorted.map((patch) => distance(from, colours(patch, colorspace, truncating), colorspace));
  };
  return {
    description: { name, colorspace, bug_compatible: bugCompatible },
    parallel: 1,
    distances: (comparisons) => Promise.resolve(comparisons.map(compare)),
    close: () => Promise.resolve(),
  };
}
