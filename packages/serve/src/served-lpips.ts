import { IMAGENET } from '@vqforge/base';
import type { Lpips, Tensor, Tensors } from '@vqforge/runtime';
import { ServerError } from './errors.ts';
import { input, type ServedModel, tensorSpec } from './model-interface.ts';
import type { SessionGate } from './session-gate.ts';

/**
 * An LPIPS model behind the protocol, as its graph is: `ref` and `dist` → `score`, and what else the graph gives. Images
 * that are more than one run may hold are computed in several, which give the same numbers.
 *
 * @param sessions of one model, for as many runs at once
 * @param gate that all LPIPS models share
 */
export function servedLpips(sessions: readonly [Lpips, ...Lpips[]], gate: SessionGate): ServedModel {
  const [{ model, inputType, minimumSide }] = sessions;
  const takesBytes = inputType === 'uint8';
  const name = model.id ?? model.digest;
  return {
    name,
    version: model.digest,
    provider: model.provider,
    inputs: model.inputs.map((info) => ({
      ...tensorSpec(info),
      ...(takesBytes ? {} : { alsoTakes: ['UINT8'] as const, takesPixels: true }),
      parameters: {
        layout: takesBytes ? 'NHWC' : 'NCHW',
        values: takesBytes
          ? 'RGB'
          : 'RGB normalised by ImageNet mean and deviation; UINT8 as it is; others with the parameter input_range',
        minimum_side: minimumSide,
      },
    })),
    outputs: model.outputs.map(tensorSpec),
    lpips: sessions[0],
    gate: gate.lane(name, sessions),
    concurrency: sessions.length,
    check: (inputs) => {
      const { ref, dist, pixels } = pairOf(inputs, takesBytes);
      const [height, width] = sidesOf(dist, takesBytes);
      if (
        sidesOf(ref, takesBytes).join() !== `${height},${width}` ||
        ![1, dist.dims[0]].includes(ref.dims[0])
      ) {
        throw new ServerError(
          'INVALID_TENSOR',
          `ref is [${ref.dims.join()}] and dist [${dist.dims.join()}], expected images of one size, and one ref or as many as dist`,
        );
      }
      if (Math.min(height, width) < minimumSide) {
        throw new ServerError(
          'INVALID_TENSOR',
          `images are ${width}×${height}, expected sides of at least ${minimumSide}; scale them up or pad them`,
        );
      }
      checkPixels(2 * pixels, gate.pixels);
    },
    checkImages: (pixels) => checkPixels(pixels, gate.pixels),
    weight: (inputs) => {
      const { ref, pixels, count } = pairOf(inputs, takesBytes);
      const perRun = Math.min(count, imagesPerRun(ref, pixels, gate.pixels));
      return (perRun + (ref.dims[0] === 1 ? 1 : perRun)) * pixels;
    },
    infer: async (inputs, outputs, lpips, hasLeft) => {
      const { model: session } = lpips as Lpips;
      const feeds = takesBytes ? inputs : withTables(inputs);
      const { ref, pixels, count } = pairOf(feeds, takesBytes);
      const perRun = imagesPerRun(ref, pixels, gate.pixels);
      const parts: Tensors[] = [];
      for (let start = 0; start < count; start += perRun) {
        if (hasLeft()) throw new ServerError('ABORTED', 'the client went away');
        const part = count <= perRun ? feeds : imagesOf(feeds, start, Math.min(perRun, count - start));
        parts.push(await session.run(part, outputs, true, true));
      }
      return { outputs: joined(parts, count) };
    },
    close: async () => {
      await Promise.all(sessions.map(({ model: session }) => session.close()));
    },
  };
}

/** @throws ServerError TOO_LARGE where one pair alone needs more memory than a run may have */
function checkPixels(pixels: number, most: number): void {
  if (pixels <= most) return;
  throw new ServerError(
    'TOO_LARGE',
    `two images of together ${pixels} pixels are more than the ${most} that fit the memory of this server; scale them down, or raise its --max-memory`,
  );
}

interface Pair {
  readonly ref: Tensor;
  readonly dist: Tensor;
  /** Distorted images. */
  readonly count: number;
  /** Pixels of one image. */
  readonly pixels: number;
}

function pairOf(inputs: Tensors, takesBytes: boolean): Pair {
  const [ref, dist] = [input(inputs, 'ref'), input(inputs, 'dist')];
  const [height, width] = sidesOf(dist, takesBytes);
  return { ref, dist, count: dist.dims[0] as number, pixels: height * width };
}

function sidesOf({ dims }: Tensor, takesBytes: boolean): [height: number, width: number] {
  return (takesBytes ? [dims[1], dims[2]] : [dims[2], dims[3]]) as [number, number];
}

/** Distorted images of one run, beside one reference or as many. */
function imagesPerRun(ref: Tensor, pixels: number, most: number): number {
  const fitting = Math.floor(most / pixels);
  return Math.max(1, ref.dims[0] === 1 ? fitting - 1 : Math.floor(fitting / 2));
}

/** Bytes of R'G'B' become the normalised planes that the model takes in the thread that computes. */
function withTables(inputs: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [
      name,
      tensor.type === 'uint8' ? { ...tensor, type: 'float32', tables: IMAGENET } : tensor,
    ]),
  );
}

/** The images of one run: copies, as their memory is given away. */
function imagesOf(feeds: Tensors, start: number, count: number): Tensors {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => {
      const { dims, data } = tensor;
      const size = data.length / (dims[0] as number);
      const part = dims[0] === 1 ? data.slice() : data.slice(start * size, (start + count) * size);
      return [name, { ...tensor, dims: [part.length / size, ...dims.slice(1)], data: part }];
    }),
  );
}

/** Every output has one row per distorted image. */
function joined(parts: readonly Tensors[], count: number): Tensors {
  const [first] = parts as [Tensors];
  if (parts.length === 1) return first;
  return Object.fromEntries(
    Object.entries(first).map(([name, { type, dims }]) => {
      const size = dims.slice(1).reduce((product, dim) => product * dim, 1);
      const data = new Float32Array(count * size);
      let at = 0;
      for (const part of parts) {
        const { data: values } = part[name] as Tensor;
        data.set(values as Float32Array, at);
        at += values.length;
      }
      return [name, { type, dims: [count, ...dims.slice(1)], data }];
    }),
  );
}
