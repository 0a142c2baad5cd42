import type { AuditPolicy } from '../src/audit-policy.ts';
import type { Checkpoint } from '../src/checkpoint.ts';
import type { DatasetManifest } from '../src/dataset-manifest.ts';
import type { EnvironmentDocument } from '../src/environment-document.ts';
import type { HeadsMetricsDocument } from '../src/heads-metrics-document.ts';
import type { MetricsDocument } from '../src/metrics-document.ts';
import type { RegistryEntry } from '../src/registry-document.ts';
import type { RegressorSidecar } from '../src/sidecar.ts';
import type { RunProvenance } from '../src/run-provenance.ts';
import type { Statement } from '../src/statement.ts';

/** One valid example of each document, for tests that break one field at a time. */
export const DIGEST = 'ab'.repeat(32);

export const provenance: RunProvenance = {
  schema: 'ai-run-provenance-v1',
  entrypoint: { command: 'vqforge train', package: '@vqforge/cli', version: '0.1.0' },
  args: { seed: 0, features: 'canonical6' },
  inputs: { table: DIGEST },
  outputs: { onnx: DIGEST },
};

const featureOrder = ['adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2'];
const parity = { engine: 'wasm', max_abs_error: 1e-5, tolerance: 1e-3, unit: 'rows', n: 10320 } as const;

export const sidecar: RegressorSidecar = {
  id: 'fr_regressor_v1',
  kind: 'fr',
  task: 'feature_regression',
  onnx: 'fr_regressor_v1.onnx',
  opset: 17,
  sha256: DIGEST,
  notes: 'six features to VMAF points',
  input_names: ['features'],
  output_names: ['score'],
  license: 'Apache-2.0',
  output_range: { min: 0, max: 100 },
  input_standardised_by: 'caller',
  parity,
  run_provenance: provenance,
  feature_order: featureOrder,
  feature_mean: [0.9, 0.5, 0.7, 0.8, 0.85, 4.25],
  feature_std: [0.1, 0.2, 0.2, 0.1, 0.1, 3.5],
  feature_min: [0, 0, 0, 0, 0, 0],
  feature_max: [1, 1, 1, 1, 1, 20],
  teacher: { column: 'vmaf', model: 'vmaf_v0.6.1' },
  training: {
    dataset: 'open9',
    dataset_digest: DIGEST,
    n_rows: 10320,
    n_sources: 9,
    n_pairs: 72,
    recipe: { name: 'standard', overrides: {} },
    engine: 'wasm',
    seed: 0,
    epochs: 30,
    ship_threshold: 0.95,
    loso_mean_plcc: 0.9996,
    loso_std_plcc: 0.0002,
    loso_mean_srocc: 0.999,
    loso_mean_rmse: 0.4,
    in_sample_plcc: 0.9999,
  },
};

export const checkpoint: Checkpoint = {
  featureOrder,
  standardisation: { mean: sidecar.feature_mean, scale: sidecar.feature_std },
  targetStandardisation: { mean: 73.2, scale: 21.5 },
  parameters: {
    W1: Float32Array.from({ length: 384 }, (_, index) => Math.fround(index / 7 - 3)),
    b1: new Float32Array(64).fill(0.1),
    W2: new Float32Array(4096).fill(-1e-30),
    b2: new Float32Array(64),
    W3: new Float32Array(64).fill(3.4e38),
    b3: new Float32Array([-0]),
  },
  recipe: { name: 'standard', overrides: { epochs: 100 } },
  engine: 'wasm',
  seed: 0,
  tableDigest: DIGEST,
};

const agreement = {
  plcc: 0.99,
  srocc: 0.98,
  krocc: 0.9,
  rmse: 0.5,
  n: 1200,
  tied_target_fraction: 0,
  saturated_fraction: 0.1,
};

export const metrics: MetricsDocument = {
  feature_subset: 'canonical6',
  feature_cols: featureOrder,
  loso: {
    per_fold: {
      Flower: agreement,
      Cars: { ...agreement, plcc: null, undefined_because: { plcc: 'constant target' } },
    },
    summary: {
      mean_plcc: null,
      std_plcc: null,
      mean_srocc: 0.98,
      std_srocc: 0,
      mean_krocc: 0.9,
      std_krocc: 0,
      mean_rmse: 0.5,
      std_rmse: 0,
      n_folds: 2,
    },
  },
  in_sample: null,
  ship_threshold: 0.95,
  shipped: false,
  epochs: 30,
  batch_size: 256,
  lr: 1e-3,
  weight_decay: 1e-5,
  seed: 0,
  recipe: { name: 'reference', overrides: {} },
  engine: 'wasm',
  reproducible: true,
  expected_folds: ['Cars', 'Flower'],
  gate: { passed: false, reasons: ['plcc of fold Cars is undefined'] },
  dataset: { id: 'open9', content_digest: DIGEST, n_rows: 2400, n_sources: 2, n_pairs: 16, dropped_rows: 0 },
  warnings: [],
  parity: null,
  artifacts: null,
  run_provenance: provenance,
};

const scored = { score: 0.7, low: 0.65, high: 0.75 };
const scores = { mean: scored, sets: [{ set: 'val/cnn', triplets: 4, ...scored }] };
const triplets = {
  content_digest: DIGEST,
  n_triplets: 4,
  skipped: 0,
  sets: [{ set: 'val/cnn', triplets: 4 }],
};

export const headsMetrics: HeadsMetricsDocument = {
  schema: 'vqforge-lpips-training-v1',
  task: 'lpips_heads',
  id: 'my_lpips',
  network: 'squeeze',
  lpips_version: '0.1',
  epochs: [{ epoch: 1, loss: 0.69, accuracy: 0.6, validation_accuracy: 0.7 }],
  seed: 0,
  engine: 'wasm',
  reproducible: true,
  dataset: { train: triplets, validation: triplets },
  validation: { baseline: scores, given: null, start: scores, trained: scores },
  gate: {
    passed: true,
    reasons: [],
    against: 'baseline',
    difference: { score: -0.01, low: -0.02, high: 0.005 },
  },
  heads_digest: DIGEST,
  shipped: true,
  parity: { engine: 'wasm', max_abs_error: 1e-7, tolerance: 1e-6, unit: 'pairs', n: 23 },
  statistics_parity: { max_error: 1e-7, tolerance: 1e-6, triplets: 4 },
  artifacts: { onnx: DIGEST, sidecar: DIGEST, registry: DIGEST },
  run_provenance: provenance,
};

export const environment: EnvironmentDocument = {
  schema: 'vqforge-environment-v1',
  cpu: { model: 'Some CPU', cores: 2 },
  os: { platform: 'linux', release: '6.1', arch: 'x64' },
  node: '20.19.0',
  libraries: { 'onnxruntime-web': '1.30.0' },
  commit: '0'.repeat(40),
  dirty: false,
  engine: 'wasm',
  workers: 2,
  timings_ms: { train: 5800.5 },
  native_parity: { ...parity, engine: 'native' },
};

export const manifest: DatasetManifest = {
  schema: 'vqforge-dataset-manifest-v1',
  id: 'open9',
  files: [{ path: 'open9_features.parquet', sha256: DIGEST, size_bytes: 1_400_000 }],
  content_digest: DIGEST,
  rows: 1200,
  columns: [{ name: 'source', type: 'string' }],
  sources: [{ name: 'Flower', rows: 1200, pairs: 8, license: 'CC0-1.0', attribution: 'MDN' }],
  teacher: { column: 'vmaf', model: 'vmaf_v0.6.1' },
  license_notes: 'measurements only',
  tool_versions: { libvmaf: 'f85a8536' },
};

export const entry: RegistryEntry = {
  id: 'fr_regressor_v1',
  kind: 'fr',
  onnx: 'fr_regressor_v1.onnx',
  opset: 17,
  sha256: DIGEST,
  sidecar_sha256: DIGEST,
  size_bytes: 20_000,
  license: 'Apache-2.0',
};

export const statement: Statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'fr_regressor_v1.onnx', digest: { sha256: DIGEST } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      buildType: 'urn:vqforge:build:v1',
      externalParameters: { args: { seed: 0 } },
      internalParameters: { engine: 'wasm' },
      resolvedDependencies: [
        { name: 'source', digest: { gitCommit: '0'.repeat(40) } },
        { name: 'weights', uri: 'https://example.org/w', digest: { sha256: DIGEST } },
      ],
    },
    runDetails: {
      builder: { id: 'urn:vqforge:builder:local', version: { node: '20.19.0' } },
      byproducts: [{ name: 'entry', digest: { sha256: DIGEST }, annotations: { entry: { id: 'a' } } }],
    },
  },
};

export const policy: AuditPolicy = {
  schema: 'vqforge/audit-policy-v1',
  require: ['license', 'signature'],
  expires: '2027-02-28',
};
