/**
 * The messages of onnx.proto as data: field number → name, kind, how often, and what the field is for.
 * Complete for ONNX 1.23 (IR 14); what is newer is unknown here, and unknown is refused.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.in.proto
 */
export type MessageName =
  | 'ModelProto'
  | 'GraphProto'
  | 'NodeProto'
  | 'AttributeProto'
  | 'TensorProto'
  | 'SparseTensorProto'
  | 'ValueInfoProto'
  | 'TypeProto'
  | 'TypeProto.Tensor'
  | 'TensorShapeProto'
  | 'TensorShapeProto.Dimension'
  | 'OperatorSetIdProto'
  | 'StringStringEntryProto'
  | 'FunctionProto'
  | 'TrainingInfoProto';

export type FieldKind = 'int32' | 'int64' | 'uint64' | 'float' | 'double' | 'string' | 'bytes' | MessageName;

/** Why a field that ONNX knows has no place in a model of ours. */
export type RefusedRole =
  | 'FUNCTION'
  | 'TRAINING_INFO'
  | 'EXTERNAL_DATA'
  | 'SPARSE_TENSOR'
  | 'STRING_TENSOR'
  | 'UNSUPPORTED_FIELD';

/** `meaning`: part of what the model computes. `annotation`: of no effect on any result; stripModel removes it. */
type FieldRole = 'meaning' | 'annotation' | RefusedRole;

export interface FieldSpec {
  readonly name: string;
  readonly kind: FieldKind;
  readonly repeated: boolean;
  readonly role: FieldRole;
}

function one(name: string, kind: FieldKind, role: FieldRole = 'meaning'): FieldSpec {
  return { name, kind, repeated: false, role };
}
function many(name: string, kind: FieldKind, role: FieldRole = 'meaning'): FieldSpec {
  return { name, kind, repeated: true, role };
}
const docString = one('doc_string', 'string', 'annotation');
const metadata = many('metadata_props', 'StringStringEntryProto', 'annotation');

export const MESSAGES: Readonly<Record<MessageName, Readonly<Record<number, FieldSpec>>>> = {
  ModelProto: {
    1: one('ir_version', 'int64'),
    2: one('producer_name', 'string'),
    3: one('producer_version', 'string', 'annotation'),
    4: one('domain', 'string', 'annotation'),
    5: one('model_version', 'int64', 'annotation'),
    6: docString,
    7: one('graph', 'GraphProto'),
    8: many('opset_import', 'OperatorSetIdProto'),
    14: metadata,
    20: many('training_info', 'TrainingInfoProto', 'TRAINING_INFO'),
    25: many('functions', 'FunctionProto', 'FUNCTION'),
    26: many('configuration', 'bytes', 'UNSUPPORTED_FIELD'),
  },
  GraphProto: {
    1: many('node', 'NodeProto'),
    2: one('name', 'string'),
    5: many('initializer', 'TensorProto'),
    10: docString,
    11: many('input', 'ValueInfoProto'),
    12: many('output', 'ValueInfoProto'),
    13: many('value_info', 'ValueInfoProto', 'annotation'),
    14: many('quantization_annotation', 'bytes', 'UNSUPPORTED_FIELD'),
    15: many('sparse_initializer', 'SparseTensorProto', 'SPARSE_TENSOR'),
    16: metadata,
  },
  NodeProto: {
    1: many('input', 'string'),
    2: many('output', 'string'),
    3: one('name', 'string', 'annotation'),
    4: one('op_type', 'string'),
    5: many('attribute', 'AttributeProto'),
    6: docString,
    7: one('domain', 'string'),
    8: one('overload', 'string', 'FUNCTION'),
    9: metadata,
    10: many('device_configurations', 'bytes', 'UNSUPPORTED_FIELD'),
  },
  AttributeProto: {
    1: one('name', 'string'),
    2: one('f', 'float'),
    3: one('i', 'int64'),
    4: one('s', 'bytes'),
    5: one('t', 'TensorProto'),
    6: one('g', 'GraphProto'),
    7: many('floats', 'float'),
    8: many('ints', 'int64'),
    9: many('strings', 'bytes'),
    10: many('tensors', 'TensorProto'),
    11: many('graphs', 'GraphProto'),
    13: docString,
    14: one('tp', 'TypeProto', 'UNSUPPORTED_FIELD'),
    15: many('type_protos', 'TypeProto', 'UNSUPPORTED_FIELD'),
    20: one('type', 'int32'),
    21: one('ref_attr_name', 'string', 'FUNCTION'),
    22: one('sparse_tensor', 'SparseTensorProto', 'SPARSE_TENSOR'),
    23: many('sparse_tensors', 'SparseTensorProto', 'SPARSE_TENSOR'),
  },
  TensorProto: {
    1: many('dims', 'int64'),
    2: one('data_type', 'int32'),
    3: one('segment', 'bytes', 'UNSUPPORTED_FIELD'),
    4: many('float_data', 'float'),
    5: many('int32_data', 'int32'),
    6: many('string_data', 'bytes', 'STRING_TENSOR'),
    7: many('int64_data', 'int64'),
    8: one('name', 'string'),
    9: one('raw_data', 'bytes'),
    10: many('double_data', 'double'),
    11: many('uint64_data', 'uint64'),
    12: docString,
    13: many('external_data', 'StringStringEntryProto', 'EXTERNAL_DATA'),
    14: one('data_location', 'int32', 'EXTERNAL_DATA'),
    16: metadata,
  },
  SparseTensorProto: {
    1: one('values', 'TensorProto'),
    2: one('indices', 'TensorProto'),
    3: many('dims', 'int64'),
  },
  ValueInfoProto: {
    1: one('name', 'string'),
    2: one('type', 'TypeProto'),
    3: docString,
    4: metadata,
  },
  TypeProto: {
    1: one('tensor_type', 'TypeProto.Tensor'),
    4: one('sequence_type', 'bytes', 'UNSUPPORTED_FIELD'),
    5: one('map_type', 'bytes', 'UNSUPPORTED_FIELD'),
    6: one('denotation', 'string', 'annotation'),
    7: one('opaque_type', 'bytes', 'UNSUPPORTED_FIELD'),
    8: one('sparse_tensor_type', 'bytes', 'SPARSE_TENSOR'),
    9: one('optional_type', 'bytes', 'UNSUPPORTED_FIELD'),
  },
  'TypeProto.Tensor': {
    1: one('elem_type', 'int32'),
    2: one('shape', 'TensorShapeProto'),
  },
  TensorShapeProto: {
    1: many('dim', 'TensorShapeProto.Dimension'),
  },
  'TensorShapeProto.Dimension': {
    1: one('dim_value', 'int64'),
    2: one('dim_param', 'string'),
    3: one('denotation', 'string', 'annotation'),
  },
  OperatorSetIdProto: {
    1: one('domain', 'string'),
    2: one('version', 'int64'),
  },
  StringStringEntryProto: {
    1: one('key', 'string'),
    2: one('value', 'string'),
  },
  FunctionProto: {
    1: one('name', 'string'),
    4: many('input', 'string'),
    5: many('output', 'string'),
    6: many('attribute', 'string'),
    7: many('node', 'NodeProto'),
    8: docString,
    9: many('opset_import', 'OperatorSetIdProto'),
    10: one('domain', 'string'),
    11: many('attribute_proto', 'AttributeProto'),
    12: many('value_info', 'ValueInfoProto', 'annotation'),
    13: one('overload', 'string'),
    14: metadata,
  },
  TrainingInfoProto: {
    1: one('initialization', 'GraphProto'),
    2: one('algorithm', 'GraphProto'),
    3: many('initialization_binding', 'StringStringEntryProto'),
    4: many('update_binding', 'StringStringEntryProto'),
  },
};

/** AttributeProto.AttributeType (onnx.proto) by the AttributeProto field that holds the value. */
export const ATTRIBUTE_TYPE = {
  f: 1,
  i: 2,
  s: 3,
  t: 4,
  g: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparse_tensor: 11,
  sparse_tensors: 12,
  tp: 13,
  type_protos: 14,
} as const;
