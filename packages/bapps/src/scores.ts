/**
 * Two-alternative forced choice, item by item: the fraction of people who chose what the metric chose. The metric
 * chooses the smaller distance; equal distances are worth one half.
 *
 * The score of a set is the mean: upstream's `score_2afc_dataset`. A metric that always goes with the majority stays
 * below 1, since people differ.
 *
 * @param d0 distances of p0 from the reference [N]
 * @param d1 those of p1
 * @param judge fractions of people who chose p1, in [0, 1]
 * @returns [N], in [0, 1]
 * @see https://arxiv.org/abs/1801.03924 section 2.2
 * @example twoAfcCredits([0.1, 0.3, 0.2], [0.2, 0.1, 0.2], [0.2, 0.2, 0.2]) // => [0.8, 0.2, 0.5]
 */
export function twoAfcCredits(
  d0: ArrayLike<number>,
  d1: ArrayLike<number>,
  judge: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(judge, (chosen, at) => {
    const difference = (d0[at] as number) - (d1[at] as number);
    if (difference === 0) return 0.5;
    return difference < 0 ? 1 - chosen : chosen;
  });
}

/** How often one person goes with another, item by item: p² + (1 − p)². The paper's row "human". */
export function humanCredits(judge: ArrayLike<number>): Float64Array {
  return Float64Array.from(judge, (chosen) => chosen * chosen + (1 - chosen) * (1 - chosen));
}

/** The indices that sort distances ascending; equal distances keep their order. */
export function ascending(distances: ArrayLike<number>): Uint32Array {
  const places = Uint32Array.from(distances, (_, place) => place);
  return places.sort((a, b) => (distances[a] as number) - (distances[b] as number) || a - b);
}

/**
 * Average precision of finding the pairs that look the same, smallest distance first: the area under the precision
 * envelope over recall, as PASCAL VOC computes it since 2010, and as upstream's `score_jnd_dataset` means to (at its
 * last commit it sorts along the wrong axis, which gives NaN for LPIPS).
 *
 * A pair is right by the fraction of people who took it for the same, and wrong by the rest.
 *
 * @param same those fractions in order of distance [N]
 * @param times how often each of them counts, for resampling; default: once
 * @returns in [0, 1]; NaN when no observer took any pair for the same, since there is nothing to find then
 * @see http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html section 3.4.1
 * @example averagePrecision([1, 0, 0.5]) // => 0.8333333333333334
 */
export function averagePrecision(same: ArrayLike<number>, times?: ArrayLike<number>): number {
  let rank = 0;
  let right = 0;
  for (let at = 0; at < same.length; at++) {
    const count = times?.[at] ?? 1;
    rank += count;
    right += count * (same[at] as number);
  }
  const total = right;
  // from the worst up, so that the best precision at this recall or a higher one is at hand
  let best = 0;
  let area = 0;
  for (let at = same.length - 1; at >= 0; at--) {
    for (let time = times?.[at] ?? 1; time > 0; time--) {
      best = Math.max(best, right / rank);
      area += (same[at] as number) * best;
      right -= same[at] as number;
      rank--;
    }
  }
  return area / total;
}

/** The arithmetic mean; NaN of no values. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at] as number;
  return sum / values.length;
}
