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
import { feedsCheck } from './check-feeds.ts';
import { outputsCheck } from './check-outputs.ts';
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

/** A loaded session with its engine and execution provider. */
export interface OpenSession {
  readonly engine: Engine;
  readonly provider: string;
  readonly session: Session;
}

/** Identity, interface and engine of a loaded model. */
interface ModelFacts {
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
}

/** A verified model with a session made from the verified bytes. */
export interface OpenModel extends ModelFacts {
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
    return runnable(factsOf(bytes, opened), opened, open);
  } catch (error) {
    await closeSession(opened);
    throw error;
  }
}

/** @throws RuntimeError INVALID_MODEL */
function factsOf(
  { id, path, digest, sidecar }: ModelBytes,
  { engine, provider, session }: OpenSession,
): ModelFacts {
  const { inputs, outputs } = session;
  const kind = familyOf(path, sidecar, session);
  const minimumSide = MINIMUM_SIDE[kind](sidecar);
  return { id, kind, path, digest, sidecar, engine: engine.name, provider, inputs, outputs, minimumSide };
}

/** @param reopen makes a session from the same bytes again */
function runnable(facts: ModelFacts, first: OpenSession, reopen: () => Promise<OpenSession>): OpenModel {
  const { id, kind, path, provider, inputs, outputs, minimumSide } = facts;
  const check = feedsCheck(inputs, minimumSide);
  const checkOutputs = outputsCheck(outputs, BATCH_INPUT[kind]);
  const runs = new Set<Promise<Tensors>>();
  // undefined while suspended
  let opened: OpenSession | undefined = first;
  let opening: Promise<OpenSession> | undefined;
  let isClosed = false;

  const checkFeeds = (feeds: Tensors, areFinite: boolean): void => {
    if (isClosed) throw new RuntimeError('CLOSED', `model ${id ?? path} is closed`);
    check(feeds, areFinite);
  };
  const runFailure = (error: unknown): RuntimeError => {
    if (error instanceof RuntimeError) return error;
    const what = `model ${id ?? path} on ${provider}`;
    return new RuntimeError('RUN_FAILED', `${what}: ${reasonOf(error)}`, { cause: error });
  };
  const resume = async (): Promise<OpenSession> => {
    opening ??= reopen();
    opened = await opening;
    return opened;
  };
  const suspend = async (): Promise<void> => {
    await Promise.allSettled(runs);
    const closing = opened;
    opened = undefined;
    opening = undefined;
    if (closing !== undefined) await closeSession(closing);
  };
  return {
    ...facts,
    run: async (feeds, fetches, areFinite = false, areGivenAway = false) => {
      checkFeeds(feeds, areFinite);
      const run =
        opened === undefined
          ? resume().then(({ session }) => session.run(feeds, fetches, areGivenAway))
          : opened.session.run(feeds, fetches, areGivenAway);
      runs.add(run);
      try {
        const results = await run;
        checkOutputs(results, feeds, fetches);
        return results;
      } catch (error) {
        throw runFailure(error);
      } finally {
        runs.delete(run);
      }
    },
    runAtOnce: (feeds, areFinite = false) => {
      const runAtOnce = opened?.session.runAtOnce;
      if (runAtOnce === undefined) return undefined;
      checkFeeds(feeds, areFinite);
      try {
        const results = runAtOnce(feeds);
        checkOutputs(results, feeds, undefined);
        return results;
      } catch (error) {
        throw runFailure(error);
      }
    },
    suspend,
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await suspend();
    },
  };
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
