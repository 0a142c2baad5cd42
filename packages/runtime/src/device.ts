/**
 * Where a model runs: `cpu`, or an execution provider of onnxruntime-node on this platform. `auto` takes the best one
 * that works.
 */
export type Device = (typeof DEVICES)[number];

export const DEVICES = ['auto', 'cpu', 'cuda', 'tensorrt', 'coreml', 'dml', 'webgpu'] as const;

/** In the order in which `auto` tries them. Not tensorrt: it compiles a model for minutes before the first answer. */
const ACCELERATORS: readonly Device[] = ['cuda', 'coreml', 'dml', 'webgpu'];

/**
 * The providers to try in turn; the last one's failure is the failure.
 *
 * @param offered what ONNX Runtime was built with here
 * @param isLarge whether the model is worth an accelerator: starting one kernel takes longer than a whole regressor
 */
export function providersFor(
  device: Device,
  offered: readonly string[],
  { isLarge, deviceFallback }: { readonly isLarge: boolean; readonly deviceFallback: boolean },
): string[] {
  if (device === 'cpu') return ['cpu'];
  if (device !== 'auto') return deviceFallback ? [device, 'cpu'] : [device];
  return [...(isLarge ? ACCELERATORS.filter((name) => offered.includes(name)) : []), 'cpu'];
}
