import { decodeElements } from './tensor-data.ts';
import type { Attribute, Graph, Model, Node, Tensor, ValueInfo } from './model.ts';

/**
 * Lists the differences between two models, one line each, in ONNX's words: model fields, inputs and outputs, nodes by position,
 * attributes, and initializers with the number of differing elements and the largest difference.
 * Models that are equal give an empty list; file bytes may differ in what the model types do not hold.
 */
export function modelDifferences(expected: Model, got: Model): string[] {
  const fields = (['irVersion', 'opset', 'producerName'] as const).flatMap((field) =>
    expected[field] === got[field] ? [] : [`${field}: expected ${expected[field]}, got ${got[field]}`],
  );
  return [...fields, ...graphDifferences(expected.graph, got.graph, 'graph')];
}

function graphDifferences(expected: Graph, got: Graph, where: string): string[] {
  return [
    ...(expected.name === got.name ? [] : [`${where}.name: expected ${expected.name}, got ${got.name}`]),
    ...listDifferences(expected.inputs, got.inputs, `${where}.input`, valueInfoText),
    ...listDifferences(expected.outputs, got.outputs, `${where}.output`, valueInfoText),
    ...nodeDifferences(expected.nodes, got.nodes, where),
    ...initializerDifferences(expected.initializers, got.initializers, where),
  ];
}

function listDifferences<T>(
  expected: readonly T[],
  got: readonly T[],
  where: string,
  text: (item: T) => string,
): string[] {
  return Array.from({ length: Math.max(expected.length, got.length) }, (_, i) => {
    const [a, b] = [expected[i], got[i]].map((item) => (item === undefined ? 'nothing' : text(item)));
    return a === b ? [] : [`${where}[${i}]: expected ${a}, got ${b}`];
  }).flat();
}

function nodeDifferences(expected: readonly Node[], got: readonly Node[], where: string): string[] {
  const heads = listDifferences(
    expected,
    got,
    `${where}.node`,
    ({ opType, inputs, outputs }) => `${outputs.join(', ')} = ${opType}(${inputs.join(', ')})`,
  );
  const attributes = expected.flatMap((node, i) => {
    const other = got[i];
    if (other === undefined || other.opType !== node.opType) return [];
    const names = new Set([...Object.keys(node.attributes), ...Object.keys(other.attributes)]);
    return [...names].flatMap((name) =>
      attributeDifferences(node.attributes[name], other.attributes[name], `${where}.node[${i}].${name}`),
    );
  });
  return [...heads, ...attributes];
}

function attributeDifferences(
  expected: Attribute | undefined,
  got: Attribute | undefined,
  where: string,
): string[] {
  if (expected?.type === 'graph' && got?.type === 'graph')
    return graphDifferences(expected.value, got.value, where);
  if (expected?.type === 'tensor' && got?.type === 'tensor')
    return tensorDifferences(expected.value, got.value, where);
  const [a, b] = [expected, got].map((attribute) =>
    attribute === undefined ? 'nothing' : `${attribute.type} ${JSON.stringify(attribute.value)}`,
  );
  return a === b ? [] : [`${where}: expected ${a}, got ${b}`];
}

function initializerDifferences(
  expected: readonly Tensor[],
  got: readonly Tensor[],
  where: string,
): string[] {
  const others = new Map(got.map((tensor) => [tensor.name, tensor]));
  const names = new Set(expected.map(({ name }) => name));
  return [
    ...expected.flatMap((tensor) => {
      const other = others.get(tensor.name);
      return other === undefined
        ? [`${where}.initializer ${tensor.name}: missing`]
        : tensorDifferences(tensor, other, `${where}.initializer ${tensor.name}`);
    }),
    ...got
      .filter(({ name }) => !names.has(name))
      .map(({ name }) => `${where}.initializer ${name}: unexpected`),
  ];
}

function tensorDifferences(expected: Tensor, got: Tensor, where: string): string[] {
  const [a, b] = [expected, got].map(({ dataType, dims }) => `${dataType} [${dims.join(', ')}]`);
  if (a !== b) return [`${where}: expected ${a}, got ${b}`];
  const { length } = expected.raw;
  if (length === got.raw.length && expected.raw.every((byte, i) => byte === got.raw[i])) return [];
  const [x, y] = [decodeElements(expected), decodeElements(got)];
  const different = x.flatMap((value, i) =>
    Object.is(value, y[i]) ? [] : [Math.abs(value - (y[i] as number))],
  );
  const largest = different.reduce((max, delta) => Math.max(max, delta), 0);
  return [`${where}: ${different.length} of ${x.length} elements differ, max|Δ| ${largest}`];
}

function valueInfoText({ name, dataType, shape }: ValueInfo): string {
  return `${name} ${dataType} [${shape.join(', ')}]`;
}
