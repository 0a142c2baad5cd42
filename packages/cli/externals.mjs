// What the bundle of the command leaves outside. The published command depends on it.

/** These load files beside their own by name: native code, wasm, validators. */
export const EXTERNALS = [
  'onnxruntime-*',
  'parquet-wasm',
  'sharp',
  'fastify',
  '@fastify/*',
  '@sigstore/*',
  // for queues that users choose
  'bullmq',
  'ioredis',
  'pg',
];
