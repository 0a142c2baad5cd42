// One row of the bands of both pictures, split into restored and additive part, and what masks with it.
import { interleaveHigh, interleaveLow } from '../lanes';
import { closeOfCoefficients, closeOfIntegers } from './angle';
import { bandWidth, left, right } from './geometry';
import { ADDITIVE, centreRow, distBands, refBands, RESTORED, rowSamples, shareRow, signalRow } from './layout';
import { restored } from './restoration';
import { storeThresholds } from './sensitivity';
import { wideRestored } from './wide-restoration';
import { diagonalWeight, edgeWeight, storeWideThresholds, toIntegers, wideWeighted } from './wide-sensitivity';

/** Row i of scale 0. `both`: also what the additive part needs to be measured, masked by the restored one. */
export function splitRow(i: i32, wholeLimit: bool, both: bool): void {
  if (wholeLimit) {
    if (both) splitCoefficients(i, true, true);
    else splitCoefficients(i, true, false);
  } else if (both) splitCoefficients(i, false, true);
  else splitCoefficients(i, false, false);
}

/** `wholeLimit` and `both` are constants of the four places it is compiled into. */
// @ts-ignore: decorator
@inline
function splitCoefficients(i: i32, wholeLimit: bool, both: bool): void {
  const band = 2 * rowSamples;
  const restoredRow = signalRow(RESTORED, i);
  const additiveRow = signalRow(ADDITIVE, i);
  const shares = shareRow(ADDITIVE, i);
  const centres = centreRow(ADDITIVE, i);
  const restoredShares = shareRow(RESTORED, i);
  const restoredCentres = centreRow(RESTORED, i);
  const end = min(right + 1, bandWidth);
  for (let j = max(left - 1, 0) & ~7; j < end; j += 8) {
    const ref = refBands + 2 * j;
    const dist = distBands + 2 * j;
    const oh = v128.load(ref);
    const ov = v128.load(ref + band);
    const od = v128.load(ref + 2 * band);
    const th = v128.load(dist);
    const tv = v128.load(dist + band);
    const td = v128.load(dist + 2 * band);
    const close = i16x8.narrow_i32x4_s(
      closeOfPairs(interleaveLow(oh, ov), interleaveLow(th, tv)),
      closeOfPairs(interleaveHigh(oh, ov), interleaveHigh(th, tv)),
    );
    const rh = restored(oh, th, close, wholeLimit);
    const rv = restored(ov, tv, close, wholeLimit);
    const rd = restored(od, td, close, wholeLimit);
    storeSignals(restoredRow + 2 * j, band, rh, rv, rd);
    const ah = i16x8.sub(th, rh);
    const av = i16x8.sub(tv, rv);
    const ad = i16x8.sub(td, rd);
    storeThresholds(ah, av, ad, shares + 4 * j, centres + 4 * j);
    if (both) {
      storeSignals(additiveRow + 2 * j, band, ah, av, ad);
      storeThresholds(rh, rv, rd, restoredShares + 4 * j, restoredCentres + 4 * j);
    }
  }
}

/** Whether edges keep their direction, given pairs of h and v. */
// @ts-ignore: decorator
@inline
function closeOfPairs(o: v128, t: v128): v128 {
  return closeOfIntegers(i32x4.dot_i16x8_s(o, t), i32x4.dot_i16x8_s(o, o), i32x4.dot_i16x8_s(t, t));
}

// @ts-ignore: decorator
@inline
function storeSignals(place: usize, band: usize, h: v128, v: v128, d: v128): void {
  v128.store(place, h);
  v128.store(place + band, v);
  v128.store(place + 2 * band, d);
}

/** Row i of scale 1, 2 or 3; here the signals are kept weighted. */
export function splitWideRow(scale: i32, i: i32, wholeLimit: bool, both: bool): void {
  if (wholeLimit) {
    if (both) splitWideCoefficients(scale, i, true, true);
    else splitWideCoefficients(scale, i, true, false);
  } else if (both) splitWideCoefficients(scale, i, false, true);
  else splitWideCoefficients(scale, i, false, false);
}

// @ts-ignore: decorator
@inline
function splitWideCoefficients(scale: i32, i: i32, wholeLimit: bool, both: bool): void {
  const signalBand = 4 * rowSamples;
  const restoredRow = signalRow(RESTORED, i);
  const additiveRow = signalRow(ADDITIVE, i);
  const shares = shareRow(ADDITIVE, i);
  const centres = centreRow(ADDITIVE, i);
  const restoredShares = shareRow(RESTORED, i);
  const restoredCentres = centreRow(RESTORED, i);
  const edge = edgeWeight(scale);
  const diagonal = diagonalWeight(scale);
  const band = 8 * rowSamples;
  const end = min(right + 1, bandWidth);
  for (let j = max(left - 1, 0) & ~3; j < end; j += 4) {
    const ref = refBands + 8 * j;
    const dist = distBands + 8 * j;
    const oh = v128.load(ref);
    const ov = v128.load(ref + band);
    const od = v128.load(ref + 2 * band);
    const th = v128.load(dist);
    const tv = v128.load(dist + band);
    const td = v128.load(dist + 2 * band);
    const close = closeOfCoefficients(oh, ov, th, tv);
    const rh = wideRestored(oh, th, close, wholeLimit);
    const rv = wideRestored(ov, tv, close, wholeLimit);
    const rd = wideRestored(od, td, close, wholeLimit);
    const oh2 = v128.load(ref, 16);
    const ov2 = v128.load(ref + band, 16);
    const od2 = v128.load(ref + 2 * band, 16);
    const th2 = v128.load(dist, 16);
    const tv2 = v128.load(dist + band, 16);
    const td2 = v128.load(dist + 2 * band, 16);
    const close2 = closeOfCoefficients(oh2, ov2, th2, tv2);
    const rh2 = wideRestored(oh2, th2, close2, wholeLimit);
    const rv2 = wideRestored(ov2, tv2, close2, wholeLimit);
    const rd2 = wideRestored(od2, td2, close2, wholeLimit);
    const h = wideWeighted(toIntegers(rh, rh2), edge);
    const v = wideWeighted(toIntegers(rv, rv2), edge);
    const d = wideWeighted(toIntegers(rd, rd2), diagonal);
    storeSignals(restoredRow + 4 * j, signalBand, h, v, d);
    const ah = wideWeighted(toIntegers(f64x2.sub(th, rh), f64x2.sub(th2, rh2)), edge);
    const av = wideWeighted(toIntegers(f64x2.sub(tv, rv), f64x2.sub(tv2, rv2)), edge);
    const ad = wideWeighted(toIntegers(f64x2.sub(td, rd), f64x2.sub(td2, rd2)), diagonal);
    storeWideThresholds(ah, av, ad, shares + 4 * j, centres + 4 * j);
    if (both) {
      storeSignals(additiveRow + 4 * j, signalBand, ah, av, ad);
      storeWideThresholds(h, v, d, restoredShares + 4 * j, restoredCentres + 4 * j);
    }
  }
}
