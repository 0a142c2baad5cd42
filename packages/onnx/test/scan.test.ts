import { describe, expect, test } from 'vitest';
import { scanModel } from '../src/scan.ts';
import { assertServable } from '../src/servable.ts';
import { OnnxError } from '../src/errors.ts';
import { REFERENCE_OPS, REGRESSOR_OPS, LPIPS_OPS } from '../src/ops.ts';
import type { ScanPolicy } from '../src/scan.ts';
import { bytesOf } from './models.ts';
import { concat, graphAttribute, message, modelBytes, node, varint } from './protobuf.ts';
import type { FieldValue } from './protobuf.ts';

const ops = new Set(['Relu', 'If', 'Loop']);

/** `CODE path` of every finding. */
function scan(bytes: Uint8Array, policy: ScanPolicy = { ops }): string[] {
  return scanModel(bytes, policy).map(({ code, path }) => `${code} ${path}`);
}

const tensor = (...fields: [number, FieldValue][]): Uint8Array => modelBytes([[5, message(...fields)]]);
const attribute = (...fields: [number, FieldValue][]): Uint8Array =>
  modelBytes([node('Relu', [5, message(...fields)])]);
const value = (...type: [number, FieldValue][]): Uint8Array =>
  modelBytes([[11, message([1, 'x'], [2, message(...type)])]]);
const none = new Uint8Array();
const entry = message([1, 'key'], [2, 'value']);

describe('scanModel', () => {
  test('lets pass what the kinds of models need', () => {
    expect(scan(bytesOf('regressor'), { ops: REGRESSOR_OPS })).toEqual([]);
    expect(scan(bytesOf('distance'), { ops: REFERENCE_OPS })).toEqual([]);
    expect(scan(bytesOf('regressor'), { ops: REFERENCE_OPS })).toEqual([]);
    expect(scan(modelBytes([node('Relu', [7, 'ai.onnx'])]))).toEqual([]);
    // proto3's zero spelled out means absent.
    expect(scan(tensor([1, 0], [2, 1], [14, 0]))).toEqual([]);
  });

  test('sets: 70 operators in the ceiling, smaller sets within it', () => {
    expect(REFERENCE_OPS.size).toBe(70);
    for (const op of [...REGRESSOR_OPS, ...LPIPS_OPS]) expect(REFERENCE_OPS).toContain(op);
    for (const op of ['Loop', 'If', 'Scan', 'Constant']) {
      expect(REGRESSOR_OPS).not.toContain(op);
      expect(LPIPS_OPS).not.toContain(op);
    }
  });

  const cases: Record<string, [Uint8Array, ...string[]]> = {
    'a file that is not protobuf': [concat(varint(7 * 8 + 2), varint(1)), 'MALFORMED '],
    'no graph, no version': [message([8, message([2, 17])]), 'MISSING_FIELD ', 'MISSING_FIELD '],
    'no opset': [message([1, 8], [7, none]), 'MISSING_FIELD '],
    'two graphs, which ONNX Runtime would merge': [
      modelBytes([node('Relu')], [7, message(node('Relu'))]),
      'REPEATED_FIELD graph',
    ],
    'two op_types': [modelBytes([node('Relu', [4, 'Relu'])]), 'REPEATED_FIELD graph.node[0].op_type'],
    'an unknown field of the model': [modelBytes([], [99, 1]), 'UNKNOWN_FIELD '],
    'an unknown field deep inside': [
      attribute([1, 'a'], [3, 1], [20, 2], [77, 'x']),
      'UNKNOWN_FIELD graph.node[0].attribute[0]',
    ],
    'an operator outside the set': [modelBytes([node('Relu'), node('Sin')]), 'FORBIDDEN_OP graph.node[1]'],
    'an operator that differs in case': [modelBytes([node('relu')]), 'FORBIDDEN_OP graph.node[0]'],
    'an operator with a NUL': [modelBytes([node('Relu\0')]), 'FORBIDDEN_OP graph.node[0]'],
    'no operator': [modelBytes([[1, none]]), 'FORBIDDEN_OP graph.node[0]'],
    'an operator of another domain': [
      modelBytes([node('Relu', [7, 'com.microsoft'])]),
      'FOREIGN_DOMAIN graph.node[0]',
    ],
    'an opset of another domain': [
      modelBytes([], [8, message([1, 'com.microsoft'], [2, 1])]),
      'FOREIGN_DOMAIN opset_import[1]',
    ],
    'two default opsets under two names': [
      modelBytes([], [8, message([1, 'ai.onnx'], [2, 18])]),
      'REPEATED_FIELD ',
    ],
    'an opset without version': [message([1, 8], [7, none], [8, none]), 'MISSING_FIELD opset_import[0]'],
    'a function named Relu whose body is Sin': [
      modelBytes(
        [node('Relu')],
        [25, message([1, 'Relu'], [4, 'x'], [5, 'y'], [7, message([1, 'x'], [2, 'y'], [4, 'Sin'])])],
      ),
      'FUNCTION functions[0]',
      'FORBIDDEN_OP functions[0].node[0]',
    ],
    'an overload': [modelBytes([node('Relu', [8, 'fast'])]), 'FUNCTION graph.node[0].overload'],
    'an attribute of a function': [
      attribute([1, 'a'], [3, 1], [20, 2], [21, 'outer']),
      'FUNCTION graph.node[0].attribute[0].ref_attr_name',
    ],
    'training info': [
      modelBytes([], [20, message([2, message(node('Sin'))])]),
      'TRAINING_INFO training_info[0]',
      'FORBIDDEN_OP training_info[0].algorithm.node[0]',
    ],
    'external data': [
      tensor([1, 1], [2, 1], [13, message([1, 'location'], [2, '../../etc/passwd'])], [14, 1]),
      'EXTERNAL_DATA graph.initializer[0].external_data[0]',
      'EXTERNAL_DATA graph.initializer[0].data_location',
    ],
    'external data in an attribute': [
      attribute([1, 'a'], [5, message([14, 1])], [20, 4]),
      'EXTERNAL_DATA graph.node[0].attribute[0].t.data_location',
    ],
    'a sparse initializer': [modelBytes([[15, none]]), 'SPARSE_TENSOR graph.sparse_initializer[0]'],
    'a sparse attribute': [
      attribute([1, 'a'], [22, none], [20, 11]),
      'SPARSE_TENSOR graph.node[0].attribute[0].sparse_tensor',
    ],
    'a tensor of strings': [
      tensor([1, 1], [2, 8], [6, 's']),
      'STRING_TENSOR graph.initializer[0]',
      'STRING_TENSOR graph.initializer[0].string_data[0]',
    ],
    'a value of strings': [value([1, message([1, 8])]), 'STRING_TENSOR graph.input[0].type.tensor_type'],
    'a sequence': [
      value([4, none]),
      'MISSING_FIELD graph.input[0].type',
      'UNSUPPORTED_FIELD graph.input[0].type.sequence_type',
    ],
    'a quantization annotation': [
      modelBytes([[14, none]]),
      'UNSUPPORTED_FIELD graph.quantization_annotation[0]',
    ],
    'a device configuration': [
      modelBytes([node('Relu', [10, none])]),
      'UNSUPPORTED_FIELD graph.node[0].device_configurations[0]',
    ],
    'data in two fields': [
      tensor([1, 1], [2, 1], [4, new Uint8Array(4)], [9, new Uint8Array(4)]),
      'AMBIGUOUS_VALUE graph.initializer[0]',
    ],
    'a dimension with size and name': [
      value([1, message([1, 1], [2, message([1, message([1, 3], [2, 'N'])])])]),
      'AMBIGUOUS_VALUE graph.input[0].type.tensor_type.shape.dim[0]',
    ],
    'an attribute with two values': [
      attribute([1, 'a'], [3, 1], [4, 's'], [20, 2]),
      'AMBIGUOUS_VALUE graph.node[0].attribute[0]',
    ],
    'an attribute without type': [
      attribute([1, 'a'], [3, 1]),
      'MISSING_FIELD graph.node[0].attribute[0]',
      'AMBIGUOUS_VALUE graph.node[0].attribute[0]',
    ],
    'an attribute given twice': [
      modelBytes([
        node('Relu', [5, message([1, 'a'], [3, 1], [20, 2])], [5, message([1, 'a'], [3, 2], [20, 2])]),
      ]),
      'REPEATED_FIELD graph.node[0]',
    ],
    'control flow, and what is in it': [
      modelBytes([
        node('Loop', graphAttribute('body', node('If', graphAttribute('then_branch', node('Sin'))))),
      ]),
      'CONTROL_FLOW graph.node[0]',
      'CONTROL_FLOW graph.node[0].attribute[0].g.node[0]',
      'FORBIDDEN_OP graph.node[0].attribute[0].g.node[0].attribute[0].g.node[0]',
    ],
    'graphs in an attribute of any operator': [
      attribute([1, 'a'], [11, message(node('Sin'))], [20, 10]),
      'FORBIDDEN_OP graph.node[0].attribute[0].graphs[0].node[0]',
    ],
    'annotations, everywhere': [
      modelBytes(
        [
          node('Relu', [3, 'n'], [6, 'd'], [9, entry], [9, entry]),
          [10, 'd'],
          [13, message([1, 'y'])],
          [16, entry],
        ],
        [3, '2.11'],
        [4, 'domain'],
        [5, 1],
        [14, entry],
      ),
      'UNSTRIPPED graph.node[0].name',
      'UNSTRIPPED graph.node[0].doc_string',
      'UNSTRIPPED graph.node[0].metadata_props[0]',
      'UNSTRIPPED graph.node[0].metadata_props[1]',
      'UNSTRIPPED graph.doc_string',
      'UNSTRIPPED graph.value_info[0]',
      'UNSTRIPPED graph.metadata_props[0]',
      'UNSTRIPPED producer_version',
      'UNSTRIPPED domain',
      'UNSTRIPPED model_version',
      'UNSTRIPPED metadata_props[0]',
    ],
    'annotations of tensors and values': [
      modelBytes([
        [5, message([1, 0], [2, 1], [12, 'd'], [16, entry])],
        [
          11,
          message(
            [1, 'x'],
            [2, message([1, message([1, 1], [2, message([1, message([3, 'BATCH'])])])], [6, 'IMAGE'])],
            [3, 'd'],
            [4, entry],
          ),
        ],
      ]),
      'UNSTRIPPED graph.initializer[0].doc_string',
      'UNSTRIPPED graph.initializer[0].metadata_props[0]',
      'UNSTRIPPED graph.input[0].type.tensor_type.shape.dim[0].denotation',
      'UNSTRIPPED graph.input[0].type.denotation',
      'UNSTRIPPED graph.input[0].doc_string',
      'UNSTRIPPED graph.input[0].metadata_props[0]',
    ],
  };
  test.each(Object.entries(cases))('finds %s', (_, [bytes, ...findings]) => {
    expect(scan(bytes)).toEqual(findings);
  });

  test('needs both the set and the switch for control flow', () => {
    const loop = modelBytes([node('Loop', graphAttribute('body'))]);
    expect(scan(loop, { ops, controlFlow: true })).toEqual([]);
    expect(scan(loop, { ops: new Set(), controlFlow: true })).toEqual(['FORBIDDEN_OP graph.node[0]']);
    expect(scan(loop, { ops: 'any' })).toEqual(['CONTROL_FLOW graph.node[0]']);
  });

  test('stops at 8 graphs within graphs', () => {
    const nested = (levels: number): [number, Uint8Array] =>
      levels === 0 ? node('Sin') : node('If', graphAttribute('then_branch', nested(levels - 1)));
    const policy = { ops, controlFlow: true };
    expect(scan(modelBytes([nested(8)]), policy)[0]).toMatch(/^FORBIDDEN_OP/);
    expect(scan(modelBytes([nested(9)]), policy)[0]).toMatch(/^TOO_DEEP/);
    expect(scan(modelBytes([nested(17)]), policy)[0]).toMatch(/^TOO_DEEP/);
    expect(scan(modelBytes([nested(200)]), policy)).toEqual(['MALFORMED ']);
  });

  test('obeys maxBytes', () => {
    expect(scan(bytesOf('regressor'), { ops: REGRESSOR_OPS, maxBytes: 10 })).toEqual(['TOO_LARGE ']);
  });
});

describe('assertServable', () => {
  test('lets an unstripped model pass, throws FORBIDDEN with the first findings otherwise', () => {
    assertServable(bytesOf('regressor'), REGRESSOR_OPS);
    // a graph that takes and gives nothing may not run, whatever its operators are
    expect(() => assertServable(modelBytes([node('Relu', [3, 'name'])]), ops)).toThrow(/INTERFACE/);
    const bad = modelBytes(['Sin', 'Cos', 'Tan', 'Atan'].map((op) => node(op)));
    expect(() => assertServable(bad, ops)).toThrow(OnnxError);
    expect(() => assertServable(bad, ops)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
    expect(() => assertServable(bad, ops)).toThrow(/node\[0\]: operator "Sin".*and 1 more/);
    expect(() => assertServable(none, ops)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });
});
