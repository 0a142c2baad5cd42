import { generator } from './generator.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError, sha256 } from '@vqforge/base';
import { type DistanceSidecar, formatSidecar, type RegressorSidecar } from '@vqforge/artifact';
import { DATA_TYPE_NUMBER, encodeModel, GraphBuilder } from '@vqforge/onnx';
import { publish } from '@vqforge/registry/node';
import { afterAll } from 'vitest';

const folders: string[] = [];

/** An empty folder that is removed after the tests of the file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-runtime-'));
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** The code that a call is refused with. */
export async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return 'no error';
}

/** What both kinds of sidecar have in common. */
function described(id: string, onnx: Uint8Array) {
  return {
    id,
    kind: 'fr',
    onnx: `${id}.onnx`,
    sha256: sha256(onnx),
    notes: 'generated',
    license: 'Apache-2.0',
    input_standardised_by: 'caller',
    parity: { engine: 'wasm', max_abs_error: 0, tolerance: 1e-3, unit: 'rows', n: 10 },
    run_provenance: {
      schema: 'ai-run-provenance-v1',
      entrypoint: { command: 'vqforge train', package: '@vqforge/cli', version: '0.1.0' },
      args: {},
    },
  } as const;
}

/** score = 2·a + b + 50 on standardised features a and b. */
export function linearRegressor(bias = 50): Uint8Array {
  const b = new GraphBuilder('linear');
  const x = b.input('features', 'float32', ['batch', 2]);
  const column = b.node(
    'Gemm',
    [x, b.initializer('weight', 'float32', [1, 2], [2, 1]), b.initializer('bias', 'float32', [1], [bias])],
    { transB: 1 },
  );
  b.output(b.node('Squeeze', [column, b.constant('int64', [1], [1])], {}, ['score']), 'float32', ['batch']);
  return encodeModel({ irVersion: 8, opset: 17, producerName: 'vqforge', graph: b.build() });
}

export function regressorSidecar(
  id: string,
  onnx: Uint8Array,
  change: Partial<RegressorSidecar> = {},
): Buffer {
  const sidecar: RegressorSidecar = {
    ...described(id, onnx),
    task: 'feature_regression',
    opset: 17,
    input_names: ['features'],
    output_names: ['score'],
    output_range: { min: 0, max: 100 },
    feature_order: ['adm2', 'motion2'],
    feature_mean: [0.5, 4],
    feature_std: [0.25, 2],
    feature_min: [0.1, 0],
    feature_max: [0.9, 16],
    teacher: { column: 'vmaf', model: null },
    training: {
      dataset: 'generated',
      dataset_digest: 'ab'.repeat(32),
      n_rows: 10,
      n_sources: 2,
      n_pairs: 2,
      recipe: { name: 'standard', overrides: {} },
      engine: 'wasm',
      seed: 0,
      epochs: 1,
      ship_threshold: 0.95,
      loso_mean_plcc: 1,
      loso_std_plcc: 0,
      loso_mean_srocc: 1,
      loso_mean_rmse: 0,
      in_sample_plcc: 1,
    },
    ...change,
  };
  return Buffer.from(formatSidecar(sidecar));
}

/** A registry of one linear regressor. */
export async function regressorRegistry(
  id = 'linear_v1',
  change: Partial<RegressorSidecar> = {},
): Promise<string> {
  const registry = await temporaryFolder();
  const bytes = linearRegressor();
  await publish({
    registry,
    onnx: { name: `${id}.onnx`, bytes },
    sidecar: regressorSidecar(id, bytes, change),
  });
  return registry;
}

/**
 * Shaped like LPIPS, small: two layers of four convolutions with generated weights, squared differences weighted per
 * channel, averaged, summed.
 */
export function tinyLpips({
  maps = true,
  batch = 'N' as string | 1,
  input = 'float32' as 'float32' | 'uint8',
} = {}): Uint8Array {
  const random = generator(3);
  const b = new GraphBuilder('tiny_lpips');
  const images = (['ref', 'dist'] as const).map((name) => {
    const count = name === 'ref' && batch !== 1 ? 'M' : batch;
    if (input === 'float32') return b.input(name, input, [count, 3, 'H', 'W']);
    const planes = b.node('Transpose', [b.input(name, input, [count, 'H', 'W', 3])], { perm: [0, 3, 1, 2] });
    return b.node('Cast', [planes], { to: DATA_TYPE_NUMBER.float32 });
  });
  const weights = (count: number): number[] => Array.from({ length: count }, () => random() - 0.5);
  const kernels = [
    b.initializer('conv0', 'float32', [4, 3, 3, 3], weights(108)),
    b.initializer('conv1', 'float32', [4, 4, 3, 3], weights(144)),
  ];
  const axes = b.constant('int64', [2], [2, 3]);
  const terms = kernels.map((kernel, layer) => {
    images.forEach((image, side) => {
      images[side] = b.node('Relu', [b.node('Conv', [image, kernel], { strides: [2, 2] })]);
    });
    const difference = b.node('Sub', images);
    const head = b.initializer(`head${layer}`, 'float32', [1, 4, 1, 1], [0.1, 0.2, 0.3, 0.4]);
    const map = b.node('Conv', [b.node('Mul', [difference, difference]), head], {}, [`map_${layer}`]);
    if (maps) b.output(map, 'float32', [batch, 1, `h${layer}`, `w${layer}`]);
    return b.node('ReduceMean', [map, axes], { keepdims: 0 });
  });
  const perLayer = b.node('Concat', terms, { axis: 1 }, ['per_layer']);
  if (maps) b.output(perLayer, 'float32', [batch, 2]);
  const total = b.node('Add', terms);
  b.output(b.node('Squeeze', [total, b.constant('int64', [1], [1])], {}, ['score']), 'float32', [batch]);
  return encodeModel({ irVersion: 8, opset: 18, producerName: 'vqforge', graph: b.build() });
}

function lpipsSidecar(id: string, onnx: Uint8Array, change: Partial<DistanceSidecar> = {}): Buffer {
  const sidecar: DistanceSidecar = {
    ...described(id, onnx),
    task: 'perceptual_distance',
    opset: 18,
    input_names: ['ref', 'dist'],
    output_names: ['score'],
    output_range: { min: 0, max: null },
    network: 'squeeze',
    lpips_version: '0.1',
    epsilon: 1e-10,
    minimum_side: 17,
    input_type: 'float32',
    input_range: { min: -2.2, max: 2.7 },
    channel_mean: [0.485, 0.456, 0.406],
    channel_std: [0.229, 0.224, 0.225],
    weights: {},
    weight_sources: {},
    ...change,
  };
  return Buffer.from(formatSidecar(sidecar));
}

/** A registry of one small LPIPS model. */
export async function lpipsRegistry(
  id = 'vmaf_tiny_lpips_sq_v1',
  bytes: Uint8Array = tinyLpips(),
  change: Partial<DistanceSidecar> = {},
): Promise<string> {
  const registry = await temporaryFolder();
  await publish({ registry, onnx: { name: `${id}.onnx`, bytes }, sidecar: lpipsSidecar(id, bytes, change) });
  return registry;
}

/** The size that the tests' images have, odd on purpose. */
export const SIZE = { height: 24, width: 33 };

/** `count` images of noise, as normalised planes. */
export function noise(count: number, seed: number, { height, width } = SIZE): Float32Array {
  const random = generator(seed);
  return new Float32Array(count * 3 * height * width).map(() => 4 * random() - 2);
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return NaN;
  return Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] as number))), 0);
}
