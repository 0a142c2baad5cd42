// ONNX Runtime on the CPU, as the measurements of LPIPS use it.
process.env.ORT_DISABLE_TELEMETRY = '1';
const ort = await import('onnxruntime-node');

/** Threads wait without spinning: spinning ones take the processor from each other on a machine of two cores. */
export function openModel(model, threads, options = {}) {
  const waiting = { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } };
  return ort.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: waiting },
    ...options,
  });
}

/** Blocks of colour with noise, ImageNet-normalised: [count, 3, height, width]; every seed goes on where the last began. */
export function images(count, width, height, seed) {
  const plane = width * height;
  const data = new Float32Array(count * 3 * plane);
  for (let image = 0; image < count; image++) {
    let state = seed + image;
    for (let i = 0; i < 3 * plane; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const block = ((i >> 5) * 7 + Math.floor((i % plane) / width / 32) * 13) % 32;
      data[image * 3 * plane + i] = block / 8 - 2 + state / 2 ** 33;
    }
  }
  return new ort.Tensor('float32', data, [count, 3, height, width]);
}

/** A float32 tensor. */
export function tensorOf(values, dims) {
  return new ort.Tensor('float32', values, dims);
}
