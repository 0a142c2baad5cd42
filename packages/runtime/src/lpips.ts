import { FAMILY_FACTS } from '@vqforge/artifact/pinned';
import { IMAGENET } from '@vqforge/base';
import { RuntimeError } from './errors.ts';
import type { LayerMap, LpipsDetail } from './lpips-detail.ts';
import { checkNormalised } from './pixel-range.ts';
import type { OpenModel } from './verified-session.ts';
import type { Tensor, Tensors } from '@vqforge/ort';

/** Size of every image of a call, and how many distorted ones there are. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly count: number;
}

/** Properties of the images of a call. */
export interface ImageUse {
  /**
   * `any`: values are looked at for NaN and infinities alone, the graph takes any number; the default. `pixels`: refused
   * unless they can be normalised pixels, see `checkNormalised`. `checked`: the caller has looked at every value. `codes`: for
   * a model whose `inputType` is float32, planes of R'G'B' bytes, which are normalised where the model computes.
   */
  readonly values?: 'any' | 'pixels' | 'checked' | 'codes';
  /** Images of one run may move to the model's own thread, after which the caller's arrays are empty; default: copied. */
  readonly areGivenAway?: boolean;
}

/** Planes of ImageNet-normalised RGB, [n,3,H,W]; for a model whose `inputType` is uint8 pixels of RGB, [n,H,W,3]. */
export type Images = Float32Array | Uint8Array;

/**
 * Pixels of all distorted images of one run, at most: four images of 1920 × 1080. One larger image still is a run. ONNX
 * Runtime keeps some 200 bytes per pixel.
 */
const PIXELS_PER_RUN = 2 ** 23;

/** LPIPS: how far distorted images are from their reference. 0 for the same image, lower is more similar. */
export class Lpips {
  readonly model: OpenModel;
  readonly #isBatched: boolean;

  private constructor(model: OpenModel) {
    this.model = model;
    // lusoris/vmaf's export takes one pair at a time
    this.#isBatched = typeof model.inputs[1]?.shape[0] === 'string';
  }

  /** @throws RuntimeError WRONG_KIND */
  static of(model: OpenModel): Lpips {
    if (model.kind === 'lpips') return new Lpips(model);
    throw new RuntimeError(
      'WRONG_KIND',
      `${model.path} is ${FAMILY_FACTS[model.kind].title}, expected ${FAMILY_FACTS.lpips.title}`,
    );
  }

  get inputType(): 'float32' | 'uint8' {
    return this.model.inputs[0]?.dataType === 'uint8' ? 'uint8' : 'float32';
  }

  /** Smallest width and height that the network takes. */
  get minimumSide(): number {
    return this.model.minimumSide as number;
  }

  /** Whether the model gives the distances of each layer and position, which `detail` needs. */
  get hasMaps(): boolean {
    return this.model.outputs.some(({ name }) => name === 'per_layer');
  }

  /**
   * @param reference one image for all distorted ones, or as many as there are distorted ones. One reference goes through
   * the network once: N renditions of a frame in one call cost little more than half of N calls
   * @returns [N] distances
   * @throws RuntimeError INVALID_TENSOR | TOO_SMALL | NOT_FINITE | CLOSED | RUN_FAILED
   */
  async score(
    reference: Images,
    distorted: Images,
    shape: ImageShape,
    use: ImageUse = {},
  ): Promise<Float32Array> {
    const scores = new Float32Array(shape.count);
    const fitting = Math.floor(PIXELS_PER_RUN / (shape.height * shape.width));
    const perRun = this.#isBatched ? Math.max(1, fitting) : 1;
    const runs = this.#runs(reference, distorted, shape, use, perRun);
    // the one reference is needed by all of them
    const parted = runs.length > 1 ? { ...use, areGivenAway: false } : use;
    for (const { start, feeds } of runs) {
      const { score } = await this.#run(feeds, ['score'], parted);
      scores.set(finiteScores(score as Tensor), start);
    }
    return scores;
  }

  /**
   * Scores with what they are made of; see `heatMap` and `maskedScore`.
   *
   * @throws RuntimeError WRONG_KIND when the model has no maps, and those of `score`
   */
  async detail(
    reference: Images,
    distorted: Images,
    shape: ImageShape,
    use: ImageUse = {},
  ): Promise<LpipsDetail> {
    if (!this.hasMaps || !this.#isBatched) {
      throw new RuntimeError(
        'WRONG_KIND',
        `${this.model.path} gives no distance maps; open vmaf_tiny_lpips_sq_maps_v1, or another model exported with maps`,
      );
    }
    const [run] = this.#runs(reference, distorted, shape, use, shape.count);
    const outputs = await this.#run((run as Run).feeds, undefined, use);
    const maps = this.model.outputs
      .filter(({ name }) => name.startsWith('map_'))
      .map(({ name }) => layerMap(outputs[name] as Tensor));
    const perLayer = outputs['per_layer']?.data as Float32Array;
    return { ...shape, scores: finiteScores(outputs['score'] as Tensor), perLayer, maps };
  }

  #run(feeds: Tensors, fetches: readonly string[] | undefined, use: ImageUse): Promise<Tensors> {
    const { values = 'any', areGivenAway = false } = use;
    if (values === 'pixels' && this.inputType === 'float32') {
      for (const name in feeds) checkNormalised(name, (feeds[name] as Tensor).data as Float32Array);
    }
    return this.model.run(feeds, fetches, values !== 'any', areGivenAway);
  }

  /** @param perRun distorted images of one run */
  #runs(
    reference: Images,
    distorted: Images,
    { height, width, count }: ImageShape,
    { values }: ImageUse,
    perRun: number,
  ): Run[] {
    const size = 3 * height * width;
    const references = reference.length / size;
    const isWhole = Number.isInteger(count) && count > 0 && distorted.length === count * size;
    if (!isWhole || (references !== 1 && references !== count)) {
      throw new RuntimeError(
        'INVALID_TENSOR',
        `reference and distorted hold ${reference.length} and ${distorted.length} values, expected ${size} or ${count * size}, and ${count * size}: ${count} images of ${width} × ${height}`,
      );
    }
    const { inputType } = this;
    const part = (images: Images, start: number, n: number): Tensor => ({
      type: inputType,
      dims: inputType === 'uint8' ? [n, height, width, 3] : [n, 3, height, width],
      data: images.subarray(start * size, (start + n) * size),
      ...(values === 'codes' && inputType === 'float32' ? { tables: IMAGENET } : {}),
    });
    return Array.from({ length: Math.ceil(count / perRun) }, (_, run) => {
      const start = run * perRun;
      const n = Math.min(perRun, count - start);
      const ref = references === 1 ? part(reference, 0, 1) : part(reference, start, n);
      return { start, feeds: { ref, dist: part(distorted, start, n) } };
    });
  }
}

interface Run {
  /** Index of the first image. */
  readonly start: number;
  readonly feeds: Tensors;
}

function layerMap({ data, dims }: Tensor): LayerMap {
  return { height: dims[2] as number, width: dims[3] as number, data: data as Float32Array };
}

function finiteScores({ data }: Tensor): Float32Array {
  const at = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  if (at < 0) return data as Float32Array;
  throw new RuntimeError('RUN_FAILED', `the model answered ${String(data[at])} for image ${at}`);
}
