import * as ort from 'onnxruntime-node';
import { normalised, type Image } from './images.ts';

/** Outputs by name. */
type Outputs = Readonly<Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }>>;
export type Scorer = (ref: readonly Image[], dist: readonly Image[]) => Promise<Outputs>;

/** Opens a model of the LPIPS contract on the CPU, one thread. */
export async function openScorer(
  model: Uint8Array,
  { input = 'float32' }: { readonly input?: 'float32' | 'uint8' } = {},
): Promise<Scorer> {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const tensor = (images: readonly Image[]): ort.Tensor => {
    if (input === 'float32') {
      const { data, dims } = normalised(images);
      return new ort.Tensor('float32', data, dims);
    }
    const [{ width, height }] = images as [Image];
    const bytes = new Uint8Array(Buffer.concat(images.map(({ pixels }) => pixels)));
    return new ort.Tensor('uint8', bytes, [images.length, height, width, 3]);
  };
  return async (ref, dist) => {
    const fetches = await session.run({ ref: tensor(ref), dist: tensor(dist) });
    return Object.fromEntries(
      Object.entries(fetches).map(([name, { data, dims }]) => [name, { data: data as Float32Array, dims }]),
    );
  };
}

/** The one score of one pair. */
export async function scoreOf(scorer: Scorer, ref: Image, dist: Image): Promise<number> {
  const { score } = await scorer([ref], [dist]);
  return score?.data[0] ?? NaN;
}
