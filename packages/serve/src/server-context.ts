import type { FastifyReply } from 'fastify';
import type { ByteBudget } from './byte-budget.ts';
import { ServerError } from './errors.ts';
import type { ServerLimits } from './limits.ts';
import type { Metrics } from './metrics.ts';
import type { AbsentModel, Place, ServedModel } from './model-interface.ts';
import type { OpenConnections } from './open-connections.ts';
import type { RequestThread } from './request-thread.ts';
import type { Task, TaskQueue } from './task-queue.ts';

/** A model with the queue before it. */
export interface Lane {
  readonly model: ServedModel;
  readonly queue: TaskQueue<Place>;
}

/** How clips are scored. */
interface ClipScoring {
  /** Measuring takes all threads: one clip after the other. */
  readonly queue: TaskQueue<Place>;
  /** Threads that measure the features of a clip. */
  readonly threads: number;
  /** Whether files other than images, Y4M and raw YUV go through ffmpeg. */
  readonly decodesContainers: boolean;
}

/** Queues, limits and state that all routes share. */
export interface ServerContext {
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly absent: readonly AbsentModel[];
  readonly limits: ServerLimits;
  readonly budget: ByteBudget;
  /** Thread that parses and decodes what takes long. */
  readonly thread: Pick<RequestThread, 'run'>;
  readonly scoring: ClipScoring;
  readonly metrics: Metrics;
  readonly connections: OpenConnections;
  readonly version: string;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Set once, when the server begins to stop. */
  isDraining: boolean;
}

/**
 * The queue of a model by its name and version.
 *
 * @throws ServerError UNKNOWN_MODEL | UNKNOWN_VERSION | MODEL_ABSENT
 */
export function laneOf({ lanes, absent }: ServerContext, name: string, version?: string): Lane {
  const lane = lanes.get(name);
  if (lane === undefined) {
    const missing = absent.find((model) => model.name === name);
    if (missing !== undefined) throw new ServerError('MODEL_ABSENT', missing.reason);
    throw new ServerError(
      'UNKNOWN_MODEL',
      `no model ${JSON.stringify(name.slice(0, 64))} is served here, expected one of: ${[...lanes.keys()].join(', ')}`,
    );
  }
  if (version !== undefined && version !== lane.model.version) {
    throw new ServerError(
      'UNKNOWN_VERSION',
      `model ${name} is version ${lane.model.version} here; versions are digests of the ONNX file`,
    );
  }
  return lane;
}

/** Weight and age of a request that comes to its queue. */
interface Arrival {
  /** When its body was whole, on the clock of the server. */
  readonly wholeAt: number;
  /** As the gate of the lane counts it; default: 0. */
  readonly weight?: number | undefined;
}

/**
 * Waits for the turn of a request; one whose client goes away gives up its place. What it waited for since its body was whole, such
 * as the thread that reads large bodies, counts towards its time limit.
 */
export function inTurn<T>(
  { connections, now }: Pick<ServerContext, 'connections' | 'now'>,
  { queue }: Pick<Lane, 'queue'>,
  reply: FastifyReply,
  task: Task<T, Place>,
  { wholeAt, weight = 0 }: Arrival,
): Promise<T> {
  // gone before its body was read to the end
  const { socket } = reply.request.raw;
  if (reply.raw.destroyed || socket.destroyed)
    return Promise.reject(new ServerError('ABORTED', 'the client went away'));
  // after a complete answer there is nothing left to give up
  const waitedMs = now() - wholeAt;
  return queue.submit(task, (leave) => connections.whenOver(socket, reply.raw, leave), { weight, waitedMs });
}
