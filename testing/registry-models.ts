import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatSidecar, type RegressorSidecar } from '@vqforge/artifact';
import { CodedError, sha256 } from '@vqforge/base';
import { encodeModel } from '@vqforge/onnx';
import { afterEach } from 'vitest';
import type { Publication, RegistryErrorCode } from '@vqforge/registry';

const ONE = Buffer.from(BigInt64Array.of(1n).buffer);

/** A servable model of one addition whose bytes depend on `value`. */
export function tinyOnnx(value: number): Buffer {
  const bias = {
    name: 'bias',
    dataType: 'float32',
    dims: [1],
    raw: Buffer.from(Float32Array.of(value).buffer),
  } as const;
  return Buffer.from(
    encodeModel({
      irVersion: 8,
      opset: 17,
      producerName: '',
      graph: {
        name: 'tiny',
        nodes: [
          { opType: 'Add', inputs: ['features', 'bias'], outputs: ['column'], attributes: {} },
          { opType: 'Squeeze', inputs: ['column', 'axis'], outputs: ['score'], attributes: {} },
        ],
        initializers: [bias, { name: 'axis', dataType: 'int64', dims: [1], raw: ONE }],
        inputs: [{ name: 'features', dataType: 'float32', shape: ['batch', 1] }],
        outputs: [{ name: 'score', dataType: 'float32', shape: ['batch'] }],
      },
    }),
  );
}

export function tinySidecar(id: string, onnx: Uint8Array, change: Partial<RegressorSidecar> = {}): Buffer {
  const digest = 'ab'.repeat(32);
  const sidecar: RegressorSidecar = {
    id,
    kind: 'fr',
    task: 'feature_regression',
    onnx: `${id}.onnx`,
    opset: 17,
    sha256: sha256(onnx),
    notes: 'adds one number',
    input_names: ['features'],
    output_names: ['score'],
    license: 'Apache-2.0',
    output_range: { min: 0, max: 100 },
    input_standardised_by: 'caller',
    parity: { engine: 'wasm', max_abs_error: 0, tolerance: 1e-3, unit: 'rows', n: 10 },
    run_provenance: {
      schema: 'ai-run-provenance-v1',
      entrypoint: { command: 'vqforge train', package: '@vqforge/cli', version: '0.1.0' },
      args: {},
    },
    feature_order: ['adm2'],
    feature_mean: [0],
    feature_std: [1],
    feature_min: [0],
    feature_max: [1],
    teacher: { column: 'vmaf', model: null },
    training: {
      dataset: 'generated',
      dataset_digest: digest,
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

/** The `value`-th version of model `id`. */
export function tinyPublication(id: string, value: number): Publication {
  const bytes = tinyOnnx(value);
  return { onnx: { name: `${id}.onnx`, bytes }, sidecar: tinySidecar(id, bytes) };
}

const folders: string[] = [];

/** An empty folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-registry-'));
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** Every file of a folder with its bytes as text, for comparing states. */
export async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = await Promise.all(
    files
      .sort()
      .map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'latin1')] as const),
  );
  return Object.fromEntries(pairs);
}

/** The code that a call is refused with. */
export async function codeOf(run: () => Promise<unknown>): Promise<RegistryErrorCode | 'no error'> {
  try {
    await run();
  } catch (error) {
    // the package's own tests run its sources, others its build: two classes of one name
    if (error instanceof CodedError && error.name === 'RegistryError') return error.code as RegistryErrorCode;
    throw error;
  }
  return 'no error';
}
