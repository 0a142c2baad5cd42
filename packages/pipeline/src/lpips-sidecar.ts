import { IMAGENET_MEAN, IMAGENET_STD, sha256, type Json } from '@vqforge/base';
import { type DistanceSidecar, type Parity, type WeightSource } from '@vqforge/artifact/publishing';
import { contentDigest, LPIPS, NET_LAYOUTS, type LpipsModelOptions } from '@vqforge/export/lpips';
import { decodeModel } from '@vqforge/onnx/building';
import { weightSource } from '@vqforge/weights/cached';

/** The options of a graph that its bytes depend on; everything but the weights themselves. */
export type LpipsChoice = Required<Omit<LpipsModelOptions, 'trunk' | 'heads'>> & {
  readonly baseline: boolean;
};

/** The command that trains heads, as provenance names it. */
export const TRAIN_COMMAND = 'vqforge train lpips';

/** How heads were trained, so that they can be made again: the command with its arguments, and the files that it read. */
export interface HeadsLineage {
  readonly command: string;
  readonly args: Readonly<Record<string, Json>>;
  /** Content digests by role, beside the trunk. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly source: WeightSource;
}

interface LpipsFacts {
  readonly id: string;
  readonly model: LpipsModelOptions;
  readonly choice: LpipsChoice;
  readonly onnx: { readonly name: string; readonly bytes: Uint8Array };
  readonly parity: Parity;
  readonly version: string;
  /** Absent: the heads are an input, as any file of weights. */
  readonly lineage?: HeadsLineage | undefined;
}

const NET_NAMES = { squeeze: 'SqueezeNet 1.1', alex: 'AlexNet', vgg: 'VGG16' } as const;

/** The content digests of the weights by role. */
export function weightDigests({ trunk, heads }: LpipsModelOptions): Record<string, string> {
  return { trunk: contentDigest(trunk), ...(heads === null ? {} : { heads: contentDigest(heads) }) };
}

/** The sidecar: a pure function of the tensors and the choices that change the bytes. */
export function lpipsSidecar({
  id,
  model,
  choice,
  onnx,
  parity,
  version,
  lineage,
}: LpipsFacts): DistanceSidecar {
  const digest = sha256(onnx.bytes);
  const weights = weightDigests(model);
  const known = Object.entries(weights).map(
    ([role, content]) => [role, weightSource(role as 'trunk' | 'heads', content)] as const,
  );
  const sources: Record<string, WeightSource> = {
    ...Object.fromEntries(known),
    ...(lineage === undefined ? {} : { heads: lineage.source }),
  };
  const isFloat = choice.input === 'float32';
  // VGG16 is larger than a model that is served
  const { inputs, outputs } = decodeModel(onnx.bytes, { maxBytes: onnx.bytes.length }).graph;
  const licenseUrl = (sources['heads'] ?? sources['trunk'])?.license_url;
  return {
    id,
    kind: 'fr',
    task: 'perceptual_distance',
    onnx: onnx.name,
    opset: choice.opset,
    sha256: digest,
    notes: notesOf(choice, lineage !== undefined),
    input_names: inputs.map(({ name }) => name),
    output_names: outputs.map(({ name }) => name),
    license: licenseOf(Object.values(sources).map(({ license }) => license)),
    ...(licenseUrl === undefined ? {} : { license_url: licenseUrl }),
    output_range: { min: 0, max: null },
    input_standardised_by: isFloat ? 'caller' : 'graph',
    network: choice.net,
    lpips_version: choice.version,
    epsilon: LPIPS.epsilon,
    minimum_side: NET_LAYOUTS[choice.net].minimumSide,
    input_type: choice.input,
    input_range: isFloat ? normalisedRange() : { min: 0, max: 255 },
    channel_mean: IMAGENET_MEAN,
    channel_std: IMAGENET_STD,
    weights,
    weight_sources: sources,
    parity,
    run_provenance: {
      schema: 'ai-run-provenance-v1',
      entrypoint: {
        command: lineage?.command ?? 'vqforge export lpips',
        package: '@vqforge/cli',
        version,
      },
      args: { ...choice, ...lineage?.args } satisfies Record<string, Json>,
      ...(lineage === undefined
        ? { inputs: weights, outputs: { onnx: digest } }
        : {
            inputs: { trunk: weights['trunk'] as string, ...lineage.inputs },
            outputs: { onnx: digest, heads: weights['heads'] as string },
          }),
    },
  };
}

function notesOf({ net, version, baseline, maps, input }: LpipsChoice, isTrained: boolean): string {
  const heads = baseline
    ? 'without heads'
    : isTrained
      ? 'heads trained by vqforge on two-alternative forced choices'
      : `heads of version ${version}`;
  const images =
    input === 'float32'
      ? 'ref [1 or N,3,H,W] and dist [N,3,H,W], RGB normalised by ImageNet mean and deviation'
      : 'ref [1 or N,H,W,3] and dist [N,H,W,3], RGB of 0 to 255';
  return `LPIPS, ${NET_NAMES[net]} trunk, ${heads}: perceptual distance of distorted images from a reference, 0 for the same image, lower is more similar. ${images}; sides of at least ${NET_LAYOUTS[net].minimumSide}.${maps ? ' Also the term and the distance map of each layer.' : ''} A ranking, not an opinion score.`;
}

/** Every term once; unknown terms of any weights are unknown terms of the model. */
function licenseOf(licenses: readonly string[]): string {
  return licenses.includes('NOASSERTION') ? 'NOASSERTION' : [...new Set(licenses)].sort().join(' AND ');
}

/** Black and white after normalisation, the widest channel on either side. */
function normalisedRange(): { readonly min: number; readonly max: number } {
  const at = (unit: number): number[] =>
    IMAGENET_MEAN.map((mean, channel) => (unit - mean) / (IMAGENET_STD[channel] as number));
  return { min: Math.min(...at(0)), max: Math.max(...at(1)) };
}
