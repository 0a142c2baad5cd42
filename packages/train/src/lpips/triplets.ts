/** Statistics of triplets, wherever they are kept: memory, or a file that is larger than memory. */
export interface TripletStatistics {
  readonly count: number;
  /** Channels of all taps together. */
  readonly channels: number;
  /** Share of people who prefer the second image, [count]. */
  readonly judgements: Float32Array;
  /** Copies D of the first and the second image of a triplet, [2, channels], into `target`. */
  read(triplet: number, target: Float32Array): void;
}

/** Distances of the first and the second image from the reference, [count] each. */
interface TripletDistances {
  readonly d0: Float64Array;
  readonly d1: Float64Array;
}

/** d = Σ_c w_c · D_c of all triplets, summed in float64 in the order of the channels. */
export function tripletDistances(statistics: TripletStatistics, heads: Float32Array): TripletDistances {
  const { count, channels } = statistics;
  const row = new Float32Array(2 * channels);
  const [d0, d1] = [new Float64Array(count), new Float64Array(count)];
  for (let triplet = 0; triplet < count; triplet++) {
    statistics.read(triplet, row);
    let [first, second] = [0, 0];
    for (let c = 0; c < channels; c++) {
      const weight = heads[c] as number;
      first += weight * (row[c] as number);
      second += weight * (row[channels + c] as number);
    }
    d0[triplet] = first;
    d1[triplet] = second;
  }
  return { d0, d1 };
}
