import { assertFrameSize, planeSizes, type BitDepth, type Frame, type FrameFormat } from './frame.ts';
import { newMemory, type Allocate } from './byte-reader.ts';
import { samplesOf, type Samples } from './luma.ts';
import type { FrameSource, ReaderOptions, ScaledFacts } from './video-reader.ts';

/** Keys' cubic with B = 0 and C = 0.6, which libswscale's bicubic has too. */
const C = 0.6;
/** Samples that make one along a row or a column. */
const TAPS = 4;
/** Weights are integers of which four add up to this. */
const ONE = 2 ** 14;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Which samples make each sample of a longer row, and by which weights. */
interface Axis {
  /** [size · 4], indexes of samples; beyond the ends stand the first and the last. */
  readonly from: Int32Array;
  /** [size · 4] */
  readonly weights: Int32Array;
}

/**
 * Brings pictures of one size to a larger one by bicubic interpolation, each plane by itself about its own centre. A sample is the
 * exact sum of sixteen samples by integer weights, rounded once and clamped to its bit depth: the same bits on every machine.
 * Sample x of n lies at (x + ½)·m/n − ½ of m samples; the weight at a distance d is (2 − C)d³ + (C − 3)d² + 1 below 1 and
 * −C(d³ − 5d² + 8d − 4) from 1 to 2 with C = 0.6, in units of 2⁻¹⁴. Samples beyond the edge are those of the edge.
 *
 * @example
 * const scaler = new FrameScaler(frame.format, { width: 1920, height: 1080 });
 * scaler.scale(frame).format.width; // => 1920
 */
export class FrameScaler {
  /** Format of the frames that `scale` returns. */
  readonly format: FrameFormat;
  readonly #planes: readonly PlaneScaler[];

  /** @throws VideoError TOO_LARGE | INVALID_OPTION */
  constructor(from: FrameFormat, { width, height }: Size) {
    assertFrameSize('the scaled clip', width, height);
    this.format = { ...from, width, height };
    const [source, target] = [planeSizes(from), planeSizes(this.format)];
    const channels = from.chroma === 'rgb' ? 3 : 1;
    const luma = new PlaneScaler(from, this.format, channels, from.bitDepth);
    const chroma =
      source.chromaWidth === 0 || channels === 3
        ? undefined
        : new PlaneScaler(
            { width: source.chromaWidth, height: source.chromaHeight },
            { width: target.chromaWidth, height: target.chromaHeight },
            1,
            from.bitDepth,
          );
    this.#planes = chroma === undefined ? [luma] : [luma, chroma, chroma];
  }

  /** @param frame whole, or of luma alone, which the result then is too */
  scale({ index, format, data }: Frame, allocate: Allocate = newMemory): Frame {
    const samples = samplesOf(data, format.bitDepth);
    const planes = this.#planes.slice(0, samples.length === this.#planes[0]?.source ? 1 : 3);
    const count = planes.reduce((sum, plane) => sum + plane.target, 0);
    const scaled = new Uint8Array(allocate(count * (format.bitDepth === 8 ? 1 : 2)));
    const out = samplesOf(scaled, format.bitDepth);
    let [from, to] = [0, 0];
    for (const plane of planes) {
      plane.scale(samples.subarray(from, from + plane.source), out.subarray(to, to + plane.target));
      from += plane.source;
      to += plane.target;
    }
    return { index, format: this.format, data: scaled };
  }
}

/**
 * A clip whose frames are scaled as they are read; see `FrameScaler`.
 *
 * @throws VideoError TOO_LARGE | INVALID_OPTION
 */
export function scaledSource(
  source: FrameSource,
  size: Size,
  { planes = 'all', allocate = newMemory }: Pick<ReaderOptions, 'planes' | 'allocate'> = {},
): FrameSource {
  const scaler = new FrameScaler(source.format, size);
  let read: Frame | undefined;
  return {
    name: source.name,
    container: source.container,
    decoded: source.decoded,
    format: scaler.format,
    scaled: scaledFacts(source.format),
    read: async (previous) => {
      const frame = await source.read(read);
      if (frame === null) return null;
      read = frame;
      const spare = previous?.data;
      return scaler.scale(planes === 'luma' ? lumaAlone(frame) : frame, (bytes) =>
        spare?.length === bytes ? spare.buffer : allocate(bytes),
      );
    },
    close: () => source.close(),
  };
}

function lumaAlone(frame: Frame): Frame {
  const { luma, bytesPerSample } = planeSizes(frame.format);
  return { ...frame, data: frame.data.subarray(0, luma * bytesPerSample) };
}

function scaledFacts({ width, height }: FrameFormat): ScaledFacts {
  return { width, height, filter: `bicubic, B 0, C ${C}, weights of 14 bits`, by: 'vqforge' };
}

/** Rows first, then columns; between them sums stay as they are. */
class PlaneScaler {
  /** Samples of the plane, before and after. */
  readonly source: number;
  readonly target: number;
  readonly #across: Axis;
  readonly #down: Axis;
  readonly #channels: number;
  readonly #highest: number;
  /** Samples in a row of the source, and of the target. */
  readonly #sourceRow: number;
  readonly #targetRow: number;
  /** [source height, target row], in units of 2⁻¹⁴ */
  readonly #rows: Int32Array;

  constructor(from: Size, to: Size, channels: number, bitDepth: BitDepth) {
    this.#channels = channels;
    this.#sourceRow = from.width * channels;
    this.#targetRow = to.width * channels;
    this.source = this.#sourceRow * from.height;
    this.target = this.#targetRow * to.height;
    this.#across = axisOf(from.width, to.width);
    this.#down = axisOf(from.height, to.height);
    this.#highest = 2 ** bitDepth - 1;
    this.#rows = new Int32Array(from.height * this.#targetRow);
  }

  scale(samples: Samples, out: Samples): void {
    this.#scaleRows(samples);
    const { from, weights } = this.#down;
    const [rows, row, highest] = [this.#rows, this.#targetRow, this.#highest];
    for (let y = 0, at = 0; at < out.length; y += TAPS) {
      const a = (from[y] as number) * row;
      const b = (from[y + 1] as number) * row;
      const c = (from[y + 2] as number) * row;
      const d = (from[y + 3] as number) * row;
      const [wa, wb, wc, wd] = weights.subarray(y, y + TAPS) as unknown as [number, number, number, number];
      for (let x = 0; x < row; x++, at++) {
        // below 2⁴⁷: exact as it is
        const sum =
          wa * (rows[a + x] as number) +
          wb * (rows[b + x] as number) +
          wc * (rows[c + x] as number) +
          wd * (rows[d + x] as number);
        const code = Math.floor(sum / (ONE * ONE) + 0.5);
        out[at] = code < 0 ? 0 : code > highest ? highest : code;
      }
    }
  }

  #scaleRows(samples: Samples): void {
    const { from, weights } = this.#across;
    const [rows, channels, sourceRow] = [this.#rows, this.#channels, this.#sourceRow];
    let at = 0;
    for (let start = 0; start < samples.length; start += sourceRow)
      for (let tap = 0; tap < from.length; tap += TAPS)
        for (let channel = start; channel < start + channels; channel++, at++)
          // below 2³¹ for 16 bits: the weights of one sample add up to 1.3 at most, without their signs
          rows[at] =
            (weights[tap] as number) * (samples[channel + (from[tap] as number) * channels] as number) +
            (weights[tap + 1] as number) *
              (samples[channel + (from[tap + 1] as number) * channels] as number) +
            (weights[tap + 2] as number) *
              (samples[channel + (from[tap + 2] as number) * channels] as number) +
            (weights[tap + 3] as number) *
              (samples[channel + (from[tap + 3] as number) * channels] as number);
  }
}

/** @param count samples that there are, of which `size` are made */
function axisOf(count: number, size: number): Axis {
  const from = new Int32Array(size * TAPS);
  const weights = new Int32Array(size * TAPS);
  for (let to = 0; to < size; to++) {
    const place = ((to + 0.5) * count) / size - 0.5;
    const first = Math.floor(place) - 1;
    let rest = ONE;
    for (let tap = 0; tap < TAPS; tap++) {
      from[to * TAPS + tap] = Math.max(0, Math.min(count - 1, first + tap));
      const weight = Math.round(ONE * cubic(Math.abs(place - (first + tap))));
      weights[to * TAPS + tap] = weight;
      rest -= weight;
    }
    // what rounding leaves goes to the nearest sample
    const nearest = to * TAPS + 1 + Math.round(place - Math.floor(place));
    weights[nearest] = (weights[nearest] as number) + rest;
  }
  return { from, weights };
}

function cubic(d: number): number {
  if (d >= 2) return 0;
  return d < 1 ? ((2 - C) * d + C - 3) * d * d + 1 : -C * (((d - 5) * d + 8) * d - 4);
}
