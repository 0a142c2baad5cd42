/** How values pass between a control-flow operator and the graphs that it runs. */
import { intAttribute, intsAttribute } from '../model.ts';
import type { OpCall } from './rule.ts';
import { normalAxis, type InferredDim, type InferredValue } from './value.ts';

interface BodyPassing {
  /** Inputs of each of the operator's graphs. */
  readonly given: readonly InferredValue[];
  /** The operator's outputs, made from those of one of its graphs. */
  readonly outputs: (body: readonly InferredValue[]) => readonly InferredValue[];
}

/**
 * How each operator with a body hands values in and out of it.
 *
 * @throws ShapeMismatch when a scanned input has no such axis
 */
export const BODY_PASSING: Readonly<Record<string, (call: OpCall) => BodyPassing>> = {
  If: () => ({ given: [], outputs: (body) => body }),

  /** Inputs (trip count, condition, carried…); body (iteration, condition, carried…) → (condition, carried…, scanned…). */
  Loop: ({ inputs }) => {
    const carried = inputs.slice(2).map((value) => value ?? {});
    return {
      // Carried shapes may change from one iteration to the next; only their element types are given.
      given: [
        { dataType: 'int64', shape: [] },
        { dataType: 'bool', shape: [] },
        ...carried.map(({ dataType }) => ({ dataType })),
      ],
      outputs: (body) =>
        body.slice(1).map((value, index) => (index < carried.length ? value : stacked(value, undefined))),
    };
  },

  /** Inputs (state…, scanned…); body (state…, one slice of each) → (state…, one slice of each scanned output…). */
  Scan: (call) => {
    const values = call.inputs.map((value) => value ?? {});
    const scannedCount = intAttribute(call, 'num_scan_inputs', 0);
    const states = values.slice(0, values.length - scannedCount);
    const scanned = values.slice(values.length - scannedCount);
    const axes = scanned.map(({ shape }, index) =>
      normalAxis(intsAttribute(call, 'scan_input_axes')?.[index] ?? 0, shape?.length ?? Infinity),
    );
    const length = scanned[0]?.shape?.[axes[0]!];
    const placed = call.attributes['scan_output_axes'] !== undefined;
    return {
      given: [
        ...states,
        ...scanned.map(({ dataType, shape }, index) => ({
          dataType,
          shape: shape?.filter((_, axis) => axis !== axes[index]),
        })),
      ],
      outputs: (body) =>
        body.map((value, index) => {
          if (index < states.length) return value;
          return placed ? { dataType: value.dataType } : stacked(value, length);
        }),
    };
  },
};

function stacked({ dataType, shape }: InferredValue, length: InferredDim): InferredValue {
  return { dataType, shape: shape && [length, ...shape] };
}
