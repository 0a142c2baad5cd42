import {
  ArtifactError,
  describeSidecarDialect,
  formatSidecar,
  parseSidecar,
  type RegistryEntry,
  type RunProvenance,
  type Sidecar,
} from '@vqforge/artifact';
import { CodedError, compactJson, orUndefined, parseJson, sha256 } from '@vqforge/base';
import { decodeModel, inlineExternalData, OnnxError } from '@vqforge/onnx';
import { RegistryError } from './errors.ts';
import { modelInterface } from './model-interface.ts';
import type { Publication } from './publication.ts';

/** The files that another registry pins under one id; the ONNX file and external data as they were verified. */
export interface ImportedFiles {
  readonly entry: RegistryEntry;
  readonly onnx: Buffer;
  readonly sidecar: Buffer | null;
  /** Content by location; only when it shall be brought inside. */
  readonly externalData: ReadonlyMap<string, Buffer>;
}

interface Statements {
  readonly facts?: Uint8Array;
  readonly version: string;
}

/**
 * The files as they can be pinned here: copied when the sidecar is ours and nothing was changed or stated anew, else with
 * a sidecar of what the graph says, what the source states, and what `facts` add, and the provenance of the import.
 *
 * @throws RegistryError BAD_SIDECAR | REFUSED_IMPORT
 */
export function importedPublication(source: ImportedFiles, { facts, version }: Statements): Publication {
  const { entry, sidecar: bytes, externalData } = source;
  const onnx = importedBytes(source);
  const own = ownSidecar(bytes);
  const name = entry.onnx.slice(entry.onnx.lastIndexOf('/') + 1);
  if (own !== null && facts === undefined && externalData.size === 0 && own.onnx === name) {
    return { onnx: { name, bytes: onnx }, sidecar: bytes as Buffer };
  }
  const model = refusing(entry, () => decodeModel(onnx));
  const { inputs, outputs } = modelInterface(model);
  const provenance: RunProvenance = {
    schema: 'ai-run-provenance-v1',
    entrypoint: { command: 'vqforge registry import', package: '@vqforge/cli', version },
    args: { id: entry.id, inline_external_data: externalData.size > 0 },
    inputs: {
      source_onnx: entry.sha256,
      ...(bytes && { source_sidecar: sha256(bytes) }),
      ...(externalData.size > 0 && { external_data: [...externalData.values()].map(sha256) }),
      ...(facts && { facts: sha256(facts) }),
    },
    outputs: { onnx: sha256(onnx) },
  };
  const stated = withFacts(own ?? statedFacts(entry, bytes), facts);
  const sidecar = {
    ...stated,
    id: entry.id,
    kind: entry.kind,
    onnx: name,
    opset: model.opset,
    sha256: sha256(onnx),
    input_names: inputs.map((input) => input.name),
    output_names: outputs.map((output) => output.name),
    run_provenance: provenance,
  };
  return { onnx: { name, bytes: onnx }, sidecar: Buffer.from(checkedSidecar(sidecar, entry, bytes)) };
}

/** The model with its external data inside. @throws RegistryError REFUSED_IMPORT */
export function importedBytes({ entry, onnx, externalData }: ImportedFiles): Uint8Array {
  if (externalData.size === 0) return onnx;
  return refusing(entry, () => inlineExternalData(onnx, externalData));
}

function refusing<T>({ id }: RegistryEntry, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    throw new RegistryError('REFUSED_IMPORT', `entry ${id} is not taken over: ${error.message}`, {
      cause: error,
    });
  }
}

/** The sidecar in our spelling, or null. */
export function ownSidecar(bytes: Buffer | null): Sidecar | null {
  return (bytes && orUndefined(() => parseSidecar(bytes))) ?? null;
}

/** Fields that mean the same in every dialect; `training` does not: its counts are literals of a script. */
const CARRIED = ['notes', 'feature_order', 'feature_mean', 'feature_std', 'license', 'license_url'];

/** Collects the facts that an entry and its sidecar state, in whatever spelling, under our names. */
export function statedFacts(entry: RegistryEntry, bytes: Buffer | null): Record<string, unknown> {
  const value = bytes === null ? {} : (parseJson(bytes) as Record<string, unknown>);
  const renamed = describeSidecarDialect(value).renamed.map(
    ({ found, expected }) => [expected, value[found]] as const,
  );
  const facts: Record<string, unknown> = { ...entry, ...Object.fromEntries(renamed), ...value };
  return Object.fromEntries(
    CARRIED.filter((key) => facts[key] !== undefined).map((key) => [key, facts[key]]),
  );
}

/** @throws RegistryError BAD_SIDECAR when the facts are none, or contradict what the source states */
function withFacts(stated: object, bytes: Uint8Array | undefined): Record<string, unknown> {
  const own = stated as Record<string, unknown>;
  if (bytes === undefined) return own;
  const facts = parseJson(bytes, {}, 'the given sidecar');
  if (typeof facts !== 'object' || facts === null || Array.isArray(facts)) {
    throw new RegistryError('BAD_SIDECAR', 'the given sidecar is not a JSON object with the missing fields');
  }
  const open = placeholders(facts);
  if (open.length > 0)
    throw new RegistryError(
      'BAD_SIDECAR',
      `the given sidecar still asks for ${open.slice(0, 5).join(', ')}${open.length > 5 ? ` and ${open.length - 5} more` : ''}; write the facts there`,
    );
  const contradicted = Object.entries(facts).filter(
    ([key, fact]) => own[key] !== undefined && compactJson(own[key]) !== compactJson(fact),
  );
  if (contradicted.length === 0) return { ...facts, ...own };
  throw new RegistryError(
    'BAD_SIDECAR',
    `the given sidecar contradicts the source in ${contradicted.map(([key]) => key).join(', ')}; correct the source, or leave them out`,
  );
}

/** Begins a text that stands where a fact belongs. */
export const PLACEHOLDER = '?: ';

/** Paths of texts that stand where facts belong. */
function placeholders(value: unknown, path = ''): string[] {
  if (typeof value === 'string') return value.startsWith(PLACEHOLDER) ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    placeholders(inner, path === '' ? key : `${path}.${key}`),
  );
}

function checkedSidecar(
  sidecar: Record<string, unknown>,
  entry: RegistryEntry,
  bytes: Buffer | null,
): string {
  const guess = sidecar['feature_order'] === undefined ? 'perceptual_distance' : 'feature_regression';
  try {
    const checked = parseSidecar({ task: guess, ...sidecar });
    if (sidecar['task'] !== undefined) return formatSidecar(checked);
    throw new ArtifactError('INVALID_DOCUMENT', 'sidecar has 1 bad field(s): task');
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const dialect =
      bytes === null ? 'none' : `in the ${describeSidecarDialect(parseJson(bytes)).name} dialect`;
    throw new RegistryError(
      'BAD_SIDECAR',
      `the sidecar of entry ${entry.id} (${dialect}) lacks facts, and none are invented: ${error.message}; state them in a JSON file and give it with --sidecar (--template FILE writes one to fill in)`,
      { cause: error },
    );
  }
}
