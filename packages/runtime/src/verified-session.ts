import {
  FAMILY_FACTS,
  familyOfTask,
  isOfFamily,
  MODEL_FAMILIES,
  type ModelFamily,
  type Sidecar,
} from '@vqforge/artifact/pinned';
import type { EngineName } from '@vqforge/base';
import type { ValueInfo } from '@vqforge/onnx';
import type { Engine, Session, Tensors } from '@vqforge/ort';
import type { VerifiedModel } from '@vqforge/registry';
import { type FeedsCheck, feedsCheck } from './check-feeds.ts';
import { type OutputsCheck, outputsCheck } from './check-outputs.ts';
import { reasonOf, RuntimeError } from './errors.ts';

/** A model that may be run, in memory: nothing reads its file again. */
export interface ModelBytes {
  /** Null when no registry pins it. */
  readonly id: string | null;
  /** Where it was read, for messages. */
  readonly path: string;
  readonly onnx: Uint8Array;
  /** sha256 of `onnx`. */
  readonly digest: string;
  /** Null when there is none beside the file, or one of another tool. */
  readonly sidecar: Sidecar | null;
}

/** A loaded session, and what it runs on. */
export interface OpenSession {
  readonly engine: Engine;
  readonly provider: string;
  readonly session: Session;
}

/** A verified model with a session made from the verified bytes. */
export interface OpenModel {
  /** Null when no registry pins it. */
  readonly id: string | null;
  readonly kind: ModelFamily;
  readonly path: string;
  /** sha256 of the ONNX file. */
  readonly digest: string;
  /** Null for an unregistered model of another tool. */
  readonly sidecar: Sidecar | null;
  readonly engine: EngineName;
  /** What it runs on: the execution provider that ONNX Runtime attached. */
  readonly provider: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Smallest side of an image; null for models that take none. */
  readonly minimumSide: number | null;
  /**
   * Checks the feeds, then computes. Without `ownThread` a native run computes in the calling thread, which does nothing
   * else meanwhile.
   *
   * @param fetches names of the outputs to compute; default: all
   * @param areFinite the caller has looked at every value already; default: they are looked at here
   * @param areGivenAway with `ownThread`: the feeds' memory moves to that thread, and the caller's arrays are empty
   * afterwards; default: it is copied
   * @throws RuntimeError INVALID_TENSOR | TOO_SMALL | NOT_FINITE | RUN_FAILED | CLOSED
   */
  run(
    feeds: Tensors,
    fetches?: readonly string[],
    areFinite?: boolean,
    areGivenAway?: boolean,
  ): Promise<Tensors>;
  /**
   * `run`, over when it returns, for models that were opened with `atOnce`; all outputs are computed.
   *
   * @returns undefined where there is no such run: with the wasm engine, or while suspended
   * @throws RuntimeError as `run`
   */
  runAtOnce(feeds: Tensors, areFinite?: boolean): Tensors | undefined;
  /**
   * Waits for runs under way and gives all memory of the session back; ONNX Runtime keeps that of the largest run
   * otherwise. The next run makes the session anew, from the same verified bytes.
   */
  suspend(): Promise<void>;
  /** Waits for runs under way and frees the session. */
  close(): Promise<void>;
}

/**
 * Opens a model whose bytes were verified, from those bytes. It needs no Node: in a page, the model runs in this page's
 * WebAssembly.
 *
 * @param given the engine to run on; default: the wasm engine, whose bits are the same everywhere; it stays the caller's to close
 * @throws RuntimeError INVALID_MODEL
 * @example
 * const model = await openVerified(await verifyModel(source, 'fr_regressor_v1'));
 * const { scores } = await FrRegressor.of(model).score(features);
 */
export async function openVerified(
  { entry, onnx, sidecar }: VerifiedModel,
  given?: Engine,
): Promise<OpenModel> {
  const engine = given ?? (await import('@vqforge/ort')).wasmEngine();
  const bytes = { id: entry.id, path: entry.onnx, onnx, digest: entry.sha256, sidecar };
  const provider = engine.name === 'wasm' ? 'wasm' : 'cpu';
  return wrapModel(bytes, async () => {
    const session = await engine.load(onnx).catch((error: unknown) => {
      throw new RuntimeError('INVALID_MODEL', `ONNX Runtime does not take the model: ${reasonOf(error)}`, {
        cause: error,
      });
    });
    return { engine: { ...engine, close: () => Promise.resolve() }, provider, session };
  });
}

/**
 * A session as an open model; it is closed when the graph is not what its sidecar says.
 *
 * @param open makes the session, and makes it anew after `suspend`
 * @throws RuntimeError INVALID_MODEL and what `open` throws
 */
export async function wrapModel(bytes: ModelBytes, open: () => Promise<OpenSession>): Promise<OpenModel> {
  const opened = await open();
  try {
    return new VerifiedSession(bytes, opened, open);
  } catch (error) {
    await closeSession(opened);
    throw error;
  }
}

class VerifiedSession implements OpenModel {
  readonly id: string | null;
  readonly kind: ModelFamily;
  readonly path: string;
  readonly digest: string;
  readonly sidecar: Sidecar | null;
  readonly engine: EngineName;
  readonly provider: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly minimumSide: number | null;
  readonly #reopen: () => Promise<OpenSession>;
  /** Undefined while suspended. */
  #opened: OpenSession | undefined;
  #opening: Promise<OpenSession> | undefined;
  readonly #check: FeedsCheck;
  readonly #checkOutputs: OutputsCheck;
  readonly #runs = new Set<Promise<Tensors>>();
  #isClosed = false;

  /** @param reopen makes a session from the same bytes again */
  constructor(
    { id, path, digest, sidecar }: ModelBytes,
    opened: OpenSession,
    reopen: () => Promise<OpenSession>,
  ) {
    const { engine, provider, session } = opened;
    this.id = id;
    this.path = path;
    this.digest = digest;
    this.sidecar = sidecar;
    this.engine = engine.name;
    this.provider = provider;
    this.inputs = session.inputs;
    this.outputs = session.outputs;
    this.kind = familyOf(path, sidecar, session);
    this.minimumSide = MINIMUM_SIDE[this.kind](sidecar);
    this.#check = feedsCheck(this.inputs, this.minimumSide);
    this.#checkOutputs = outputsCheck(this.outputs, BATCH_INPUT[this.kind]);
    this.#opened = opened;
    this.#reopen = reopen;
  }

  async run(
    feeds: Tensors,
    fetches?: readonly string[],
    areFinite = false,
    areGivenAway = false,
  ): Promise<Tensors> {
    this.#checkFeeds(feeds, areFinite);
    const run =
      this.#opened === undefined
        ? this.#resume().then(({ session }) => session.run(feeds, fetches, areGivenAway))
        : this.#opened.session.run(feeds, fetches, areGivenAway);
    this.#runs.add(run);
    try {
      const outputs = await run;
      this.#checkOutputs(outputs, feeds, fetches);
      return outputs;
    } catch (error) {
      throw this.#runFailure(error);
    } finally {
      this.#runs.delete(run);
    }
  }

  runAtOnce(feeds: Tensors, areFinite = false): Tensors | undefined {
    const runAtOnce = this.#opened?.session.runAtOnce;
    if (runAtOnce === undefined) return undefined;
    this.#checkFeeds(feeds, areFinite);
    try {
      const outputs = runAtOnce(feeds);
      this.#checkOutputs(outputs, feeds, undefined);
      return outputs;
    } catch (error) {
      throw this.#runFailure(error);
    }
  }

  async suspend(): Promise<void> {
    await Promise.allSettled(this.#runs);
    const opened = this.#opened;
    this.#opened = undefined;
    this.#opening = undefined;
    if (opened !== undefined) await closeSession(opened);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.suspend();
  }

  #checkFeeds(feeds: Tensors, areFinite: boolean): void {
    if (this.#isClosed) throw new RuntimeError('CLOSED', `model ${this.id ?? this.path} is closed`);
    this.#check(feeds, areFinite);
  }

  #runFailure(error: unknown): RuntimeError {
    if (error instanceof RuntimeError) return error;
    const what = `model ${this.id ?? this.path} on ${this.provider}`;
    return new RuntimeError('RUN_FAILED', `${what}: ${reasonOf(error)}`, { cause: error });
  }

  async #resume(): Promise<OpenSession> {
    this.#opening ??= this.#reopen();
    this.#opened = await this.#opening;
    return this.#opened;
  }
}

async function closeSession({ session, engine }: OpenSession): Promise<void> {
  await session.release();
  await engine.close();
}

/** @throws RuntimeError INVALID_MODEL unless the graph takes and gives what models of a family do */
function familyOf(path: string, sidecar: Sidecar | null, { inputs, outputs }: Session): ModelFamily {
  const got = inputs.map(({ name, shape }) => `${name}/${shape.length}`).join();
  const kind = MODEL_FAMILIES.find((family) => interfaceOf(family) === got);
  const isAsDescribed = sidecar === null || familyOfTask(sidecar.task) === kind;
  if (kind !== undefined && isAsDescribed && outputs.some(({ name }) => name === 'score')) return kind;
  const shapes = [...inputs, ...outputs].map(({ name, shape }) => `${name} [${shape.join()}]`).join(', ');
  throw new RuntimeError(
    'INVALID_MODEL',
    `${path} has ${shapes}, expected features [N,F] or ref and dist [N,3,H,W] as its sidecar says, and score`,
  );
}

/** The input that says how many items a run is about. */
const BATCH_INPUT: Readonly<Record<ModelFamily, string>> = { 'fr-regressor': 'features', lpips: 'dist' };

/** AlexNet's, the largest of the three networks: a model without a sidecar does not say which one it is. */
const LARGEST_MINIMUM_SIDE = 31;

const MINIMUM_SIDE: Readonly<Record<ModelFamily, (sidecar: Sidecar | null) => number | null>> = {
  'fr-regressor': () => null,
  lpips: (sidecar) => (isOfFamily('lpips', sidecar) ? sidecar.minimum_side : LARGEST_MINIMUM_SIDE),
};

/** Names and ranks of the inputs, as `familyOf` compares them. */
function interfaceOf(family: ModelFamily): string {
  return FAMILY_FACTS[family].inputs.map(({ name, dims }) => `${name}/${dims.length}`).join();
}
