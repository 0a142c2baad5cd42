// The mirrored border of a filtered row.
import { mirror } from '../border';
import { STREAM } from './layout';

/** Mirrors `reach` samples at both ends of each of the row's first `streams` streams. */
export function extendRow(row: usize, streams: i32, samples: i32, reach: i32): void {
  for (let s = 0; s < streams; s++, row += STREAM) {
    for (let k = 1; k <= reach; k++) {
      store<u16>(row - 2 * k, load<u16>(row + 2 * mirror(-k, samples)));
      store<u16>(row + 2 * (samples - 1 + k), load<u16>(row + 2 * mirror(samples - 1 + k, samples)));
    }
  }
}
