import { encodeModel, GraphBuilder } from '@vqforge/onnx/building';
import { trunkColour } from './colour.ts';
import { LPIPS } from './contract.ts';
import { channelMeans } from './head.ts';
import type { LpipsModelOptions } from './lpips-model.ts';
import { Trunk, type Features } from './trunk.ts';

/**
 * All that heads see of images, for training them: `ref` [1, 3, H, W] and `dist` [N, 3, H, W], normalised as for
 * `lpipsModel`, → `statistics` [N, channels of all taps], the mean over positions of the squared difference of
 * unit-normalised features. A distance is their sum weighted by the heads. It lives in memory only and is never pinned.
 */
export function lpipsStatisticsModel({
  net,
  version,
  trunk,
}: Pick<LpipsModelOptions, 'net' | 'version' | 'trunk'>): Uint8Array {
  const b = new GraphBuilder('lpips_statistics');
  const ref = b.input('ref', 'float32', [1, 3, 'H', 'W']);
  const dist = b.input('dist', 'float32', ['N', 3, 'H', 'W']);
  const images = new Trunk(b, net, trunk, trunkColour('float32', version));
  const refTaps = images.taps(ref);
  const means = images
    .taps(dist)
    .flatMap((features, tap) => channelMeans(b, refTaps[tap] as Features, features));
  b.output(b.node('Concat', means, { axis: 1 }, ['statistics']), 'float32', ['N', 'channels']);
  const { irVersion, opset, producerName } = LPIPS;
  return encodeModel({ irVersion, opset, producerName, graph: b.build() });
}
