import type { Lpips } from '@vqforge/runtime';
import type { Tensor } from '@vqforge/runtime';
import { ServerError } from './errors.ts';
import { input, type ServedModel, tensorSpec } from './model-interface.ts';

/**
 * An LPIPS model behind the protocol, as its graph is: `ref` and `dist` → `score`, and what else the graph gives.
 *
 * @param concurrency runs at once, one per thread
 */
export function servedLpips(lpips: Lpips, concurrency: number): ServedModel {
  const { model, inputType, minimumSide } = lpips;
  const [heightAxis, widthAxis] = inputType === 'uint8' ? [1, 2] : [2, 3];
  const sidesOf = ({ dims }: Tensor): number[] => [dims[heightAxis], dims[widthAxis]] as number[];
  return {
    name: model.id ?? model.digest,
    version: model.digest,
    provider: model.provider,
    inputs: model.inputs.map((info) => ({
      ...tensorSpec(info),
      parameters: {
        layout: inputType === 'uint8' ? 'NHWC' : 'NCHW',
        values: inputType === 'uint8' ? 'RGB' : 'RGB normalised by ImageNet mean and deviation',
        minimum_side: minimumSide,
      },
    })),
    outputs: model.outputs.map(tensorSpec),
    lpips,
    concurrency,
    check: (inputs) => {
      const [ref, dist] = [input(inputs, 'ref'), input(inputs, 'dist')];
      if (sidesOf(ref).join() !== sidesOf(dist).join() || ![1, dist.dims[0]].includes(ref.dims[0])) {
        throw new ServerError(
          'INVALID_TENSOR',
          `ref is [${ref.dims.join()}] and dist [${dist.dims.join()}], expected images of one size, and one ref or as many as dist`,
        );
      }
      if (Math.min(...sidesOf(ref)) < minimumSide) {
        const [height, width] = sidesOf(ref);
        throw new ServerError(
          'INVALID_TENSOR',
          `images are ${width}×${height}, expected sides of at least ${minimumSide}; scale them up or pad them`,
        );
      }
    },
    infer: async (inputs, outputs) => ({ outputs: await model.run(inputs, outputs) }),
    close: () => model.close(),
  };
}
