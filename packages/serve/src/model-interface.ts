import type { ValueInfo } from '@vqforge/onnx';
import type { FrRegressor, Lpips, StandardisedRows, Tensor, Tensors } from '@vqforge/runtime';
import { type DatatypeName, datatypeOf } from './datatypes.ts';
import { ServerError } from './errors.ts';
import type { Gate } from './task-queue.ts';

/** A tensor of a model, as its metadata describes it. */
export interface TensorSpec {
  readonly name: string;
  /** What metadata says and outputs have; inputs may also come in one of `alsoTakes`. */
  readonly datatype: DatatypeName;
  readonly alsoTakes?: readonly DatatypeName[];
  /** Whether its values are normalised pixels, which are checked, and made from others with `input_range`. */
  readonly takesPixels?: boolean;
  /** −1 is any size of at least 1. */
  readonly shape: readonly number[];
  /** Facts for people, beside the protocol's own fields. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
}

/** The answer to one request. */
export interface Inference {
  /** Outputs by name: at least those that were asked for. */
  readonly outputs: Tensors;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** A model whose inputs and outputs have one row per item: requests may share a run. Each is answered in these steps. */
export interface RowsModel {
  /** @throws ServerError | RuntimeError where the rows cannot be scored */
  standardise(inputs: Tensors): StandardisedRows;
  /** One run for all groups. @returns what the model answered to each */
  run(groups: readonly StandardisedRows[]): Promise<readonly Float32Array[]>;
  /** `run`, over when it returns; undefined where the model cannot. */
  runAtOnce(groups: readonly StandardisedRows[]): readonly Float32Array[] | undefined;
  inferenceOf(rows: StandardisedRows, raw: Float32Array): Inference;
}

/** Place of a run: a session, where the model has a gate. */
export type Place = Lpips | undefined;

/** A model behind the protocol: everything that the routes need to know of it. */
export interface ServedModel {
  readonly name: string;
  /** SHA-256 of the ONNX: a version is its bytes. */
  readonly version: string;
  /** ONNX Runtime's execution provider. */
  readonly provider: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** For images, where the model takes them. */
  readonly lpips?: Lpips;
  /** For features of clips, where the model takes them. */
  readonly regressor?: FrRegressor;
  /** For models whose requests may share a run. */
  readonly rows?: RowsModel;
  /** Lets runs begin, where these need much memory; its places are what `infer` and images run on. */
  readonly gate?: Gate<Lpips>;
  /** How many `infer` calls may run at once. */
  readonly concurrency: number;
  /**
   * What the specs cannot say: whether inputs fit each other. Called before a request may wait.
   *
   * @throws ServerError INVALID_TENSOR | NOT_FINITE | TOO_LARGE
   */
  check(inputs: Tensors): void;
  /** For models that take images: whether so many pixels fit one run. @throws ServerError TOO_LARGE */
  checkImages?(pixels: number): void;
  /** Weight of a request, as the gate counts it; default: 0. */
  weight?(inputs: Tensors): number;
  /**
   * @param inputs their memory may move elsewhere: no one else uses them
   * @param outputs names of the outputs that were asked for
   * @param place that the gate gave
   * @param hasLeft whether the client has gone
   */
  infer(
    inputs: Tensors,
    outputs: readonly string[],
    place: Place,
    hasLeft: () => boolean,
  ): Promise<Inference>;
  close(): Promise<void>;
}

/** A model that cannot answer, and why. */
export interface AbsentModel {
  readonly name: string;
  /** What to do about it. */
  readonly reason: string;
}

/**
 * An input or output as the protocol describes it.
 *
 * @throws ServerError MODEL_FAILED for an element type that no model of ours has
 */
export function tensorSpec({ name, dataType, shape }: ValueInfo): TensorSpec {
  const datatype = datatypeOf(dataType);
  if (datatype === undefined) {
    throw new ServerError('MODEL_FAILED', `tensor ${name} is ${dataType}, which this server does not speak`);
  }
  return { name, datatype, shape: shape.map((dim) => (typeof dim === 'number' ? dim : -1)) };
}

/** An input that a request has, because its specs say so. */
export function input(inputs: Tensors, name: string): Tensor {
  return inputs[name] as Tensor;
}
