// VIF of the current pair of planes: the integer sums of four scales.
import { extendRow } from './row-border';
import { filterByteColumns, filterWordColumns, placeWindow } from './column-filter';
import { enterScale, evenRow, isBytes, layOutVif, oddRow, scale, scaleHeight, scaleWidth, STREAMS } from './layout';
import { reduceRow } from './reduction';
import { filterRow } from './row-filter';
import { fillPair } from './row-pairs';
import {
  addRow, clearStatistics, denominatorLog, flatPixels, flatVariance, numeratorLog, setGainLimit,
} from './statistics';
import { radiusOf, reachOf, SCALES } from './taps';

/** Four 64-bit sums a scale: numerator, denominator, flat variance, flat pixels. */
export const VIF_SUMS: usize = memory.data(4 * 4 * 8, 16);

export function measureVif(gainLimit: f64): void {
  layOutVif();
  setGainLimit(gainLimit);
  for (let s = 0; s < SCALES; s++) {
    enterScale(s);
    measureScale();
    const sums = VIF_SUMS + <usize>s * 32;
    store<i64>(sums, numeratorLog);
    store<i64>(sums, denominatorLog, 8);
    store<i64>(sums, flatVariance, 16);
    store<i64>(sums, flatPixels, 24);
  }
}

function measureScale(): void {
  clearStatistics();
  const reach = reachOf(scale);
  for (let q = -reach; q < reach; q++) fillPair(q);
  for (let y = 0; y < scaleHeight; y += 2) {
    const q = y >> 1;
    fillPair(q + reach);
    placeWindow(q);
    if (isBytes(scale)) filterByteColumns();
    else filterWordColumns();
    measureRow(evenRow);
    if (y + 1 < scaleHeight) measureRow(oddRow);
    if (scale + 1 < SCALES) reduceRow(q);
  }
}

function measureRow(row: usize): void {
  extendRow(row, STREAMS, scaleWidth, radiusOf(scale) + 1);
  filterRow(row);
  addRow();
}
