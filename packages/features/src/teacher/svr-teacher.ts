import { exp } from './exp.ts';
import {
  readModelDocument,
  type ModelDocument,
  type ScoreTransform,
  type TeacherFeature,
} from './model-document.ts';

/** How a score is finished, as libvmaf's options of a model. */
export interface PredictOptions {
  /** Whether the score is clipped to the bounds of the file; libvmaf's `disable_clip` is false. Default: true. */
  readonly clip?: boolean;
  /** Whether the polynomial of the file is applied; libvmaf's `enable_transform` is true. Default: what the file says. */
  readonly transform?: boolean;
}

/**
 * The supervising model: a support vector regression over the six features of VMAF v0.6.1, read from libvmaf's own model file.
 * It sums in libvmaf's order and takes e^x from + − × ÷ alone, so a score has the same bits on every machine; it equals libvmaf's
 * within 1e-9.
 *
 * @example
 * const teacher = SvrTeacher.read(bytes, 'vmaf_v0.6.1'); // vmaf_v0.6.1.json
 * teacher.predict({ adm2: 1, vif_scale0: 1, vif_scale1: 1, vif_scale2: 1, vif_scale3: 1, motion2: 0 }); // => 97.42804264261031
 */
export class SvrTeacher {
  /** The features that a prediction reads, in the order of the file. */
  readonly features: readonly TeacherFeature[];
  /** The limits of the enhancement gain with which its features are measured: 100, or 1 for the `neg` models. */
  readonly gainLimits: { readonly adm: number; readonly vif: number };
  /** The bounds of a clipped score; undefined where the file has none. */
  readonly clip: readonly [low: number, high: number] | undefined;
  readonly #model: ModelDocument;
  readonly #inputs: Float64Array;

  private constructor(model: ModelDocument) {
    this.features = model.features;
    this.gainLimits = model.gainLimits;
    this.clip = model.clip;
    this.#model = model;
    this.#inputs = new Float64Array(model.features.length);
  }

  /**
   * Reads and checks a model file.
   *
   * @param bytes of libvmaf's JSON, at most 16 MiB
   * @param name  what messages call it
   * @throws FeaturesError INVALID_MODEL where the file is damaged or no such model; UNSUPPORTED_MODEL, by name, where it needs
   * other features, other options of them, or another kind of machine
   */
  static read(bytes: Uint8Array, name = 'the model'): SvrTeacher {
    return new SvrTeacher(readModelDocument(bytes, name));
  }

  /**
   * The score of one frame.
   *
   * @param features as measured, under their short names
   * @returns VMAF points; NaN where a feature is NaN
   */
  predict(features: Readonly<Record<TeacherFeature, number>>, options: PredictOptions = {}): number {
    return this.#finish(
      this.#score((i) => features[this.features[i] as TeacherFeature]),
      options,
    );
  }

  /**
   * The scores of many frames.
   *
   * @param columns one array per feature, all of one length
   * @returns VMAF points, [rows]
   */
  predictRows(
    columns: Readonly<Record<TeacherFeature, ArrayLike<number>>>,
    options: PredictOptions = {},
  ): Float64Array {
    const inputs = this.features.map((feature) => columns[feature]);
    return Float64Array.from({ length: inputs[0]?.length ?? 0 }, (_, row) =>
      this.#finish(
        this.#score((i) => inputs[i]?.[row] as number),
        options,
      ),
    );
  }

  /** Σ coefficient · exp(−γ · |x − v|²) − ρ over the support vectors in file order, taken back to VMAF points. */
  #score(featureAt: (index: number) => number): number {
    const { slopes, intercepts, machine } = this.#model;
    const { gamma, rho, coefficients, vectors } = machine;
    const inputs = this.#inputs;
    for (let i = 0; i < inputs.length; i++)
      inputs[i] = (slopes[i + 1] as number) * featureAt(i) + (intercepts[i + 1] as number);
    let sum = 0;
    for (let k = 0, at = 0; k < coefficients.length; k++) {
      let squares = 0;
      for (let i = 0; i < inputs.length; i++) {
        const difference = (inputs[i] as number) - (vectors[at++] as number);
        squares += difference * difference;
      }
      sum += (coefficients[k] as number) * exp(-gamma * squares);
    }
    sum -= rho;
    return (sum - (intercepts[0] as number)) / (slopes[0] as number);
  }

  #finish(score: number, { clip = true, transform }: PredictOptions): number {
    const { transform: polynomial } = this.#model;
    const finished =
      polynomial !== undefined && (transform ?? polynomial.isEnabled)
        ? transformed(score, polynomial)
        : score;
    if (!clip || this.clip === undefined) return finished;
    const [low, high] = this.clip;
    return finished < low ? low : finished > high ? high : finished;
  }
}

/** The bound compares with the score before the polynomial. */
function transformed(score: number, { coefficients, ...bounds }: ScoreTransform): number {
  const [p0, p1, p2] = coefficients;
  let y = 0;
  if (p0 !== undefined) y += p0;
  if (p1 !== undefined) y += p1 * score;
  if (p2 !== undefined) y += p2 * score * score;
  if (bounds.isAtMostScore && y > score) y = score;
  if (bounds.isAtLeastScore && y < score) y = score;
  return y;
}
