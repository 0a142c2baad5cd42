import { FAMILY_FACTS, familyOfTask, isOfFamily, type RegistryEntry, type Sidecar } from '@vqforge/artifact';
import { decodeModel, encodeModel, type Model, OnnxError, type ValueInfo } from '@vqforge/onnx';
import { modelInterface, type Report, sidecarName } from '@vqforge/registry';

/** The constant bounds of the Clip that gives the output of a graph; null where none does. */
function clipBounds({ graph }: Model): readonly [number, number] | null {
  const last = graph.nodes.find(({ outputs }) => outputs[0] === graph.outputs[0]?.name);
  if (last?.opType !== 'Clip') return null;
  const bound = (name: string | undefined): number => {
    const raw = graph.initializers.find((tensor) => tensor.name === name)?.raw;
    return raw?.length === 4 ? new DataView(raw.buffer, raw.byteOffset, 4).getFloat32(0, true) : NaN;
  };
  return [bound(last.inputs[1]), bound(last.inputs[2])];
}

/** The description of a graph by a sidecar of any dialect, as far as it goes. */
interface Description {
  readonly opset: unknown;
  readonly inputNames: unknown;
  readonly outputNames: unknown;
  readonly features: unknown;
}

/**
 * Entry and sidecar against the graph: opset, names, number of features, and for our own kinds the shapes.
 *
 * @param sidecar the sidecar if it is one of ours
 * @param value its JSON, whatever the dialect; null when there is none
 */
export function auditGraph(
  entry: RegistryEntry,
  onnx: Uint8Array,
  sidecar: Sidecar | null,
  value: unknown,
  report: Report,
): void {
  const model = decoded(onnx);
  // the scan has said why it cannot be decoded
  if (model === null) return;
  const { inputs, outputs } = modelInterface(model);
  const file = sidecarName(entry.onnx);
  const compare = (what: string, said: unknown, is: unknown, where = file): void => {
    if (said === undefined || JSON.stringify(said) === JSON.stringify(is)) return;
    report('GRAPH_DISAGREES', 'error', where, {
      expected: `${what} ${JSON.stringify(is)}, as in the graph`,
      got: JSON.stringify(said).slice(0, 500),
      advice: 'trust neither; export the model again',
    });
  };
  const said = describe(value);
  compare('opset', entry.opset, model.opset, entry.onnx);
  compare('opset', said.opset, model.opset);
  compare('inputs', said.inputNames, names(inputs));
  compare('outputs', said.outputNames, names(outputs));
  const width = inputs[0]?.shape.length === 2 ? inputs[0].shape[1] : undefined;
  if (Array.isArray(said.features) && typeof width === 'number') {
    compare('number of features', said.features.length, width);
  }
  if (sidecar === null) return;
  if (isOfFamily('fr-regressor', sidecar)) {
    const { min, max } = sidecar.output_range;
    compare('clip', sidecar.clip === 'graph' ? [min, max] : null, clipBounds(model));
  }
  for (const [index, shape] of expectedShapes(sidecar).entries()) {
    const found = [...inputs, ...outputs][index];
    const got =
      found &&
      `${found.dataType} [${found.shape.map((dim) => (typeof dim === 'string' ? 'any' : dim)).join(', ')}]`;
    if (got === shape) continue;
    report('GRAPH_DISAGREES', 'error', entry.onnx, {
      expected: `${found?.name ?? 'a value'} ${shape}, as ${sidecar.task} needs`,
      got: got ?? 'no such value',
      advice: 'trust neither; export the model again',
    });
  }
  if (!Buffer.from(encodeModel(model)).equals(onnx)) {
    report('NOT_CANONICAL', 'warning', entry.onnx, {
      expected: 'the bytes that our encoder gives the decoded model',
      got: 'other bytes for the same model',
      advice: 'export it again: equal models should have equal digests',
    });
  }
}

/** Data type and shape that a graph must declare for each input and the score of a sidecar; `any` is a symbolic dimension. */
function expectedShapes(sidecar: Sidecar): string[] {
  const features = isOfFamily('fr-regressor', sidecar) ? sidecar.feature_order.length : 'any';
  const inputs = FAMILY_FACTS[familyOfTask(sidecar.task)].inputs.map(({ dims }) =>
    dims.map((dim) => (dim === 'F' ? features : typeof dim === 'string' ? 'any' : dim)),
  );
  return [...inputs, ['any']].map((dims) => `float32 [${dims.join(', ')}]`);
}

function decoded(onnx: Uint8Array): Model | null {
  try {
    return decodeModel(onnx);
  } catch (error) {
    if (error instanceof OnnxError) return null;
    throw error;
  }
}

function names(values: readonly ValueInfo[]): string[] {
  return values.map(({ name }) => name);
}

function describe(value: unknown): Description {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const listOf = (list: string, single: string): unknown =>
    fields[list] ?? (fields[single] === undefined ? undefined : [fields[single]]);
  return {
    opset: fields['opset'] ?? fields['onnx_opset'],
    inputNames: listOf('input_names', 'input_name'),
    outputNames: listOf('output_names', 'output_name'),
    features: fields['feature_order'] ?? fields['features'],
  };
}
