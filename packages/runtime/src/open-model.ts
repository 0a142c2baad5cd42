import {
  FAMILY_FACTS,
  familyOfTask,
  isOfFamily,
  MODEL_FAMILIES,
  type ModelFamily,
  type Sidecar,
} from '@vqforge/artifact';
import type { ValueInfo } from '@vqforge/onnx';
import { type FeedsCheck, feedsCheck } from './check-feeds.ts';
import type { EngineName } from '@vqforge/base';
import type { Session, Tensors } from '@vqforge/ort';
import { reasonOf, RuntimeError } from './errors.ts';
import { type ModelBytes, type ModelChoice, readModel } from './model-files.ts';
import { openSession, type OpenSession, type SessionChoice } from './open-session.ts';

export interface OpenModelOptions extends ModelChoice, SessionChoice {}

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
   * Waits for runs under way and gives all memory of the session back; ONNX Runtime keeps that of the largest run
   * otherwise. The next run makes the session anew, from the same verified bytes.
   */
  suspend(): Promise<void>;
  /** Waits for runs under way and frees the session. */
  close(): Promise<void>;
}

/**
 * Opens a model that may be run: digest, size, sidecar, operator scan and, if asked for, signature are checked on bytes
 * that are read once; the session is made from those same bytes.
 *
 * @throws RegistryError where the registry refuses it: UNKNOWN_ID | NOT_SHIPPED | DIGEST_MISMATCH | FORBIDDEN_MODEL |
 * UNTRUSTED_MODEL | …
 * @throws RuntimeError UNREGISTERED_MODEL | MISSING_MODEL | FORBIDDEN_MODEL | INVALID_MODEL | TOO_LARGE |
 * DEVICE_UNAVAILABLE | ENGINE_UNAVAILABLE | INVALID_OPTION
 */
export async function openModel(options: OpenModelOptions): Promise<OpenModel> {
  const bytes = await readModel(options);
  const isLarge = !isOfFamily('fr-regressor', bytes.sidecar);
  const open = (): Promise<OpenSession> => openSession(bytes.onnx, isLarge, options);
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
    this.#opened = opened;
    this.#reopen = reopen;
  }

  async run(
    feeds: Tensors,
    fetches?: readonly string[],
    areFinite = false,
    areGivenAway = false,
  ): Promise<Tensors> {
    if (this.#isClosed) throw new RuntimeError('CLOSED', `model ${this.id ?? this.path} is closed`);
    this.#check(feeds, areFinite);
    const run =
      this.#opened === undefined
        ? this.#resume().then(({ session }) => session.run(feeds, fetches, areGivenAway))
        : this.#opened.session.run(feeds, fetches, areGivenAway);
    this.#runs.add(run);
    try {
      return await run;
    } catch (error) {
      throw new RuntimeError(
        'RUN_FAILED',
        `model ${this.id ?? this.path} on ${this.provider}: ${reasonOf(error)}`,
        {
          cause: error,
        },
      );
    } finally {
      this.#runs.delete(run);
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
