// ADM of the current pair of planes: numerators and denominators of four scales.
import { distortedPlane, referencePlane } from '../picture';
import { addDenominatorRow, addWideDenominatorRow } from './denominator';
import { bandHeight, bottom, endRow, enterScale, firstRow, SCALES, top } from './geometry';
import {
  ADDITIVE, distBands, distHigh, distLow, distPlane, layOutAdm, planeSamples, refBands, refHigh, refLow, refPlane,
  RESTORED, widePlane, widePlaneSamples,
} from './layout';
import { addNumeratorRow } from './numerator';
import { splitRow, splitWideRow } from './parts';
import { setEnhancementLimit } from './restoration';
import { denominatorOf, numeratorOf } from './scores';
import { extendShares } from './threshold';
import { clearTotals } from './totals';
import { transformColumns, transformRows } from './wavelet';
import { addWideNumeratorRow } from './wide-numerator';
import { setWideEnhancementLimit } from './wide-restoration';
import { transformNarrowColumns, transformWideColumns, transformWideRows } from './wide-wavelet';

/** Doubles: four numerators, four denominators, four numerators of the additive part. */
export const ADM_SUMS: usize = memory.data(3 * 4 * 8, 16);

/** `additive`: also the additive part, masked by the restored one, of which AIM is made. */
export function measureAdm(enhancementLimit: f64, additive: bool): void {
  layOutAdm();
  const wholeLimit = setEnhancementLimit(enhancementLimit);
  setWideEnhancementLimit(enhancementLimit);
  for (let scale = 0; scale < SCALES; scale++) {
    enterScale(scale);
    clearTotals();
    for (let i = firstRow; i < endRow; i++) {
      if (scale == 0) transformRow(i);
      else transformWideRow(scale, i);
      measureRow(scale, i, wholeLimit, additive);
    }
    const sums = ADM_SUMS + <usize>scale * 8;
    store<f64>(sums, numeratorOf(scale, RESTORED, true));
    store<f64>(sums, denominatorOf(scale), 32);
    store<f64>(sums, additive ? numeratorOf(scale, ADDITIVE, false) : 0, 64);
  }
}

function transformRow(i: i32): void {
  transformColumns(referencePlane(), i, refLow, refHigh);
  transformColumns(distortedPlane(), i, distLow, distHigh);
  const row = <usize>(i * planeSamples) * 2;
  transformRows(refLow, refHigh, refPlane + row, refBands);
  transformRows(distLow, distHigh, distPlane + row, distBands);
}

function transformWideRow(scale: i32, i: i32): void {
  if (scale == 1) {
    transformNarrowColumns(refPlane, i, refLow, refHigh);
    transformNarrowColumns(distPlane, i, distLow, distHigh);
  } else {
    transformWideColumns(widePlane(scale - 1, 0), i, refLow, refHigh);
    transformWideColumns(widePlane(scale - 1, 1), i, distLow, distHigh);
  }
  // nothing reads band a of the last scale: it overwrites that of scale 1
  const a = scale == 3 ? 1 : scale;
  const row = <usize>(i * widePlaneSamples) * 8;
  transformWideRows(scale, refLow, refHigh, widePlane(a, 0) + row, refBands);
  transformWideRows(scale, distLow, distHigh, widePlane(a, 1) + row, distBands);
}

/** Splits row i, and measures the row above, whose masking reads both its neighbours; at the last row that one too. */
function measureRow(scale: i32, i: i32, wholeLimit: bool, additive: bool): void {
  if (i < top - 1 || i > bottom) return;
  if (scale == 0) splitRow(i, wholeLimit, additive);
  else splitWideRow(scale, i, wholeLimit, additive);
  extendShares(ADDITIVE, i);
  if (additive) extendShares(RESTORED, i);
  if (i >= top && i < bottom) {
    if (scale == 0) addDenominatorRow();
    else addWideDenominatorRow(scale);
  }
  addRow(scale, i - 1, additive);
  if (i == bandHeight - 1) addRow(scale, i, additive);
}

function addRow(scale: i32, i: i32, additive: bool): void {
  if (i < top || i >= bottom) return;
  if (scale == 0) {
    addNumeratorRow(RESTORED, i);
    if (additive) addNumeratorRow(ADDITIVE, i);
  } else {
    addWideNumeratorRow(RESTORED, i);
    if (additive) addWideNumeratorRow(ADDITIVE, i);
  }
}
