/** ONNX Runtime for tests, as the authority on what a file means. */
process.env['ORT_DISABLE_TELEMETRY'] = '1'; // before the first session; otherwise it writes a device id
const { InferenceSession, Tensor } = await import('onnxruntime-node');

export type Feeds = Readonly<Record<string, readonly [data: Float32Array, dims: readonly number[]]>>;

/** The first output's elements. */
export async function run(model: Uint8Array | string, feeds: Feeds): Promise<Float32Array> {
  // 4 = fatal only: refusals are expected here, and come as errors anyway.
  const options = { executionProviders: ['cpu'], logSeverityLevel: 4, intraOpNumThreads: 1 } as const;
  const session = await (typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options));
  try {
    const tensors = Object.entries(feeds).map(([name, [data, dims]]) => [
      name,
      new Tensor('float32', data, dims),
    ]);
    const results = await session.run(Object.fromEntries(tensors));
    const [output] = Object.values(results);
    return output?.data as Float32Array;
  } finally {
    await session.release();
  }
}
