import { isUtf8 } from 'node:buffer';
import type { Tensor, Tensors } from '@vqforge/runtime';
import { DATATYPES, type DatatypeName, isDatatype } from './datatypes.ts';
import { ServerError } from './errors.ts';
import type { TensorSpec } from './model-interface.ts';
import { checkedPixels, inputRange } from './pixel-values.ts';
import { dataFromBytes, dataFromJson, elementCount, type TensorLimits } from './tensor-data.ts';

export interface RequestLimits extends TensorLimits {
  /** Bytes of the JSON part: parsed, it takes several times its length. */
  readonly jsonBytes: number;
}

export interface RequestedOutput {
  readonly spec: TensorSpec;
  /** Whether its values come as bytes after the JSON. */
  readonly isBinary: boolean;
}

export interface InferRequest {
  readonly id: string | undefined;
  readonly inputs: Tensors;
  readonly outputs: readonly RequestedOutput[];
}

export interface ModelTensors {
  readonly name: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

type JsonObject = Readonly<Record<string, unknown>>;

const NO_PARAMETERS: JsonObject = {};

/** Characters of a request's id at most. */
const MAX_ID = 256;

/**
 * An inference request of the Open Inference Protocol v2, with its binary tensor extension: JSON, then the bytes of the
 * tensors that have `binary_data_size`, in their order. Unknown keys are ignored, as extensions of others are.
 *
 * @param headerLength the header Inference-Header-Content-Length: bytes of JSON; without it all of `body` is JSON
 * @throws ServerError INVALID_REQUEST | INVALID_TENSOR | NOT_FINITE | TOO_LARGE
 * @see https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
 * @see https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
 */
export function parseInferRequest(
  body: Uint8Array,
  headerLength: string | undefined,
  model: ModelTensors,
  limits: RequestLimits,
): InferRequest {
  if (headerLength === '0' && body.length > 0) return rawRequest(body, model, limits);
  const jsonLength = headerLength === undefined ? body.length : jsonLengthOf(headerLength, body);
  const json = parseJsonPart(jsonLength === body.length ? body : body.subarray(0, jsonLength), limits);
  const { id, parameters, inputs, outputs } = json;
  if (isGiven(id) && (typeof id !== 'string' || id.length > MAX_ID)) {
    throw invalid(`id is not a string of at most ${MAX_ID} characters`);
  }
  const requestParameters = parametersOf(parameters, 'the', 'request');
  return {
    id: isGiven(id) ? id : undefined,
    inputs: parseInputs(inputs, body, jsonLength, requestParameters['input_range'], model, limits),
    outputs: parseOutputs(outputs, requestParameters['binary_data_output'] === true, model),
  };
}

function jsonLengthOf(header: string, body: Uint8Array): number {
  const length = /^\d{1,10}$/.test(header) ? Number(header) : Infinity;
  if (length <= body.length) return length;
  throw invalid(
    `Inference-Header-Content-Length: expected a number of bytes from 0 to the body's ${body.length}, got ${header.slice(0, 32)}`,
  );
}

function parseJsonPart(bytes: Uint8Array, { jsonBytes }: RequestLimits): JsonObject {
  if (bytes.length > jsonBytes) {
    throw new ServerError(
      'TOO_LARGE',
      `${bytes.length} bytes of JSON are more than the ${jsonBytes} this server takes; send large tensors as binary data`,
    );
  }
  let json: unknown;
  try {
    if (!isUtf8(bytes)) throw new SyntaxError('not UTF-8 text');
    const text = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    json = JSON.parse(text.toString());
  } catch (error) {
    throw invalid(`the request is not JSON, which has no NaN or Infinity: ${(error as Error).message}`);
  }
  return object(json, 'the request');
}

function parseInputs(
  inputs: unknown,
  body: Uint8Array,
  jsonLength: number,
  sharedRange: unknown,
  model: ModelTensors,
  limits: RequestLimits,
): Tensors {
  const entries = array(inputs, 'inputs', model.inputs.length);
  const tensors: Record<string, Tensor> = {};
  let offset = jsonLength;
  for (const entry of entries) {
    const json = object(entry, 'an input');
    const spec = specOf(model.inputs, json['name'], `model ${model.name}`, 'input');
    if (Object.hasOwn(tensors, spec.name)) throw invalid(`input ${spec.name} is there twice`);
    const parameters = parametersOf(json['parameters'], 'input', spec.name);
    const size = binarySize(spec, json, parameters['binary_data_size'], body.length - offset);
    const bytes = size === undefined ? undefined : body.subarray(offset, offset + size);
    const tensor = parseTensor(spec, json, limits, bytes);
    const ranged = rangedTensor(spec, tensor, parameters['input_range'] ?? sharedRange);
    tensors[spec.name] = ranged; // own key: the model's name of an input
    offset += size ?? 0;
  }
  const missing = model.inputs.find(({ name }) => !Object.hasOwn(tensors, name));
  if (missing !== undefined) throw invalid(`input ${missing.name} is missing; model ${model.name} needs it`);
  if (offset !== body.length) {
    throw invalid(
      `${body.length - offset} bytes follow the tensors; binary_data_size of the inputs must add up to what follows the JSON`,
    );
  }
  return tensors;
}

function parseTensor(
  spec: TensorSpec,
  json: JsonObject,
  limits: RequestLimits,
  bytes: Uint8Array | undefined,
): Tensor {
  const datatype = datatypeOf(spec, json['datatype']);
  const shape = json['shape'];
  if (!Array.isArray(shape)) throw invalid(`input ${spec.name} has no shape`);
  const count = elementCount(spec, datatype, shape, limits);
  const dims = shape as number[];
  const data =
    bytes === undefined
      ? dataFromJson(spec, datatype, dims, count, json['data'])
      : dataFromBytes(spec, datatype, count, bytes);
  return { type: DATATYPES[datatype].type, dims, data };
}

/** @throws ServerError INVALID_REQUEST | INVALID_TENSOR */
function rangedTensor({ name, takesPixels = false }: TensorSpec, tensor: Tensor, range: unknown): Tensor {
  const given = inputRange(range, `input ${name}`);
  if (takesPixels) return checkedPixels(name, tensor, given);
  if (given === undefined) return tensor;
  throw invalid(`input ${name} is no image of float32 values, which input_range is for`);
}

/**
 * Triton's raw binary request: the body is the only input's bytes, of its own datatype; answers come as bytes, too.
 *
 * @see https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
 */
function rawRequest(body: Uint8Array, model: ModelTensors, limits: RequestLimits): InferRequest {
  const [spec, other] = model.inputs as [TensorSpec, TensorSpec?];
  const width = spec.shape.slice(1).reduce((product, dim) => product * dim, 1);
  if (other !== undefined || width < 1) {
    throw invalid(
      `a raw binary request (Inference-Header-Content-Length: 0) is for models of one input with one variable dimension, model ${model.name} has ${model.inputs.map(({ name }) => name).join(', ')}; send JSON with binary_data_size`,
    );
  }
  const { bytes, type } = DATATYPES[spec.datatype];
  const dims = [body.length / (bytes * width), ...spec.shape.slice(1)];
  const count = elementCount(spec, spec.datatype, dims, limits);
  return {
    id: undefined,
    inputs: { [spec.name]: { type, dims, data: dataFromBytes(spec, spec.datatype, count, body) } },
    outputs: model.outputs.map((output) => ({ spec: output, isBinary: true })),
  };
}

function datatypeOf(spec: TensorSpec, name: unknown): DatatypeName {
  if (name === spec.datatype) return spec.datatype;
  if (isDatatype(name) && spec.alsoTakes?.includes(name) === true) return name;
  const taken = [spec.datatype, ...(spec.alsoTakes ?? [])];
  throw new ServerError(
    'INVALID_TENSOR',
    `input ${spec.name}: expected datatype ${taken.join(' or ')}, got ${nameText(name)}`,
  );
}

function binarySize(spec: TensorSpec, json: JsonObject, size: unknown, left: number): number | undefined {
  if (size === undefined) return undefined;
  if (json['data'] !== undefined) throw invalid(`input ${spec.name} has both data and binary_data_size`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0 || size > left) {
    throw invalid(
      `input ${spec.name}: binary_data_size is not a number from 0 to the ${left} bytes left after the JSON and the inputs before it`,
    );
  }
  return size;
}

function parseOutputs(outputs: unknown, isBinary: boolean, model: ModelTensors): RequestedOutput[] {
  const entries = !isGiven(outputs) ? [] : array(outputs, 'outputs', model.outputs.length);
  if (entries.length === 0) return model.outputs.map((spec) => ({ spec, isBinary }));
  const requested = entries.map((entry) => {
    const json = object(entry, 'an output');
    const spec = specOf(model.outputs, json['name'], `model ${model.name}`, 'output');
    const choice = parametersOf(json['parameters'], 'output', spec.name)['binary_data'];
    return { spec, isBinary: typeof choice === 'boolean' ? choice : isBinary };
  });
  const twice = requested.find(({ spec }, at) => requested.findIndex((other) => other.spec === spec) !== at);
  if (twice !== undefined) throw invalid(`output ${twice.spec.name} is asked for twice`);
  return requested;
}

function specOf(specs: readonly TensorSpec[], name: unknown, owner: string, what: string): TensorSpec {
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec !== undefined) return spec;
  const known = specs.map((candidate) => candidate.name).join(', ');
  throw invalid(`${owner} has no ${what} ${nameText(name)}, expected one of: ${known}`);
}

function array(value: unknown, name: string, max: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= max) return value;
  throw invalid(`${name} is not an array of at most ${max} objects`);
}

function object(value: unknown, name: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw invalid(`${name} is not a JSON object`);
}

function parametersOf(value: unknown, what: string, name: string): JsonObject {
  return isGiven(value) ? object(value, `parameters of ${what} ${name}`) : NO_PARAMETERS;
}

/** A client's name for something, cut to a length that a message can repeat. */
function nameText(name: unknown): string {
  return typeof name === 'string' ? JSON.stringify(name.slice(0, 64)) : `a ${typeof name}`;
}

/** The protocol's optional fields: clients that have none send null. */
function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

function invalid(message: string): ServerError {
  return new ServerError('INVALID_REQUEST', message);
}
