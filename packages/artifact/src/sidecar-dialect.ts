/** Which family of spellings a sidecar uses, and how it differs from ours. */
export interface SidecarDialect {
  /**
   * `vqforge`: this project's. `trainer`: lusoris/vmaf's training script (`id`, `feature_mean`). `session`: what
   * its C loader reads (`name`, `input_name`, `onnx_opset`). `scaler`: `input_mean` / `input_std`.
   * `normalization`: a `normalization {mean, std}` block. `unknown`: none of their marks.
   */
  readonly name: 'vqforge' | 'trainer' | 'session' | 'scaler' | 'normalization' | 'unknown';
  /** Keys that mean what ours mean, under another name. */
  readonly renamed: readonly { readonly found: string; readonly expected: string }[];
  /** Keys of ours that the document has in no spelling. */
  readonly missing: readonly string[];
}

const ALIASES: Readonly<Record<string, string>> = {
  name: 'id',
  input_name: 'input_names',
  output_name: 'output_names',
  onnx_opset: 'opset',
  features: 'feature_order',
  input_mean: 'feature_mean',
  input_std: 'feature_std',
  normalization: 'feature_mean',
};

const REQUIRED = [
  'id',
  'kind',
  'task',
  'onnx',
  'opset',
  'sha256',
  'notes',
  'input_names',
  'output_names',
  'license',
  'output_range',
  'input_standardised_by',
  'parity',
  'run_provenance',
];

/**
 * Name the spelling of a sidecar that `parseSidecar` refuses: lusoris/vmaf has at least four
 *. Never throws; anything that is not an object is `unknown`.
 *
 * @example describeSidecarDialect({ name: 'x', onnx_opset: 18 }).name // => 'session'
 */
export function describeSidecarDialect(value: unknown): SidecarDialect {
  const keys = new Set(
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [],
  );
  const renamed = Object.entries(ALIASES)
    .filter(([found]) => keys.has(found))
    .map(([found, expected]) => ({ found, expected }));
  const known = new Set([...keys, ...renamed.map(({ expected }) => expected)]);
  return { name: dialectName(keys), renamed, missing: REQUIRED.filter((key) => !known.has(key)) };
}

function dialectName(keys: ReadonlySet<string>): SidecarDialect['name'] {
  if (keys.has('task')) return 'vqforge';
  if (keys.has('normalization')) return 'normalization';
  if (keys.has('input_mean') || keys.has('input_std')) return 'scaler';
  if (keys.has('name') || keys.has('input_name') || keys.has('onnx_opset')) return 'session';
  return keys.has('id') && keys.has('opset') ? 'trainer' : 'unknown';
}
