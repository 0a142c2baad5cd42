import { Worker } from 'node:worker_threads';
import type { EngineName, Standardisation } from '@vqforge/artifact';
import { shareData, type TrainingData } from './dataset.ts';
import { TrainError } from './errors.ts';
import { stepCount } from './fit.ts';
import type { Recipe } from './recipe.ts';
import type { FitReply, Reply, Request, SharedModels, Task, WorkerSetup } from './training-messages.ts';
import { compileLessWasm } from './wasm-tiering.ts';

export interface PoolOptions {
  readonly engine: EngineName;
  readonly workers: number;
  readonly recipe: Recipe;
  readonly seed: number;
  /** Number of feature columns. */
  readonly features: number;
  /** Optimiser steps done and expected, over all fits asked for so far. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Every thread holds an engine of its own, about 100 MB. */
const MOST_WORKERS = 1024;

/** Beyond any feature table; the first layer holds 64 weights for each. */
const MOST_FEATURES = 65_536;

interface Job {
  readonly request: Task;
  readonly resolve: (value: FitReply | Float32Array) => void;
  readonly reject: (error: unknown) => void;
  /** Steps counted so far. */
  done: number;
}

/**
 * Worker threads that fit folds and score them. Threads load the engine as soon as the pool is made, before there is
 * data. Which thread does what never changes a result: every fit starts from its own seed and owns its session's state.
 */
export class TrainingPool {
  readonly #options: PoolOptions;
  readonly #workers: Worker[];
  readonly #idle: Worker[];
  readonly #running = new Map<Worker, Job>();
  readonly #queue: Job[] = [];
  readonly #modelsSent: Promise<void>;
  readonly #ended: Promise<unknown>;
  #data: TrainingData | undefined;
  #failure: TrainError | undefined;
  #done = 0;
  #total = 0;

  /** @throws TrainError INVALID_OPTION */
  constructor(options: PoolOptions) {
    assertInteger('workers', options.workers, 1, MOST_WORKERS);
    assertInteger('features', options.features, 1, MOST_FEATURES);
    assertInteger('seed', options.seed, 0, 0xffff_ffff);
    this.#options = options;
    compileLessWasm();
    const setup: WorkerSetup = { engineName: options.engine };
    this.#workers = Array.from({ length: options.workers }, () => {
      const worker = new Worker(new URL('./training-worker.js', import.meta.url), {
        execArgv: [],
        workerData: setup,
      });
      worker.on('message', (reply: Reply) => this.#receive(worker, reply));
      worker.on('error', (error) =>
        this.#fail(
          new TrainError('WORKER_FAILED', `a training thread stopped: ${error.message}`, { cause: error }),
        ),
      );
      worker.on('exit', (code) =>
        this.#fail(new TrainError('WORKER_FAILED', `a training thread stopped with code ${code}`)),
      );
      return worker;
    });
    this.#idle = [...this.#workers];
    this.#ended = Promise.all(
      this.#workers.map((worker) => new Promise<void>((resolve) => worker.on('exit', () => resolve()))),
    );
    this.#modelsSent = this.#sendModels(options);
    this.#modelsSent.catch(() => undefined);
  }

  /** The graph builder loads after the threads were started, which load the engine meanwhile. */
  async #sendModels({ features, recipe }: PoolOptions): Promise<void> {
    const { predictionModel, trainingModel } = await import('./training-graph.ts');
    const models: SharedModels = {
      training: trainingModel({ features, batchSize: recipe.batchSize, dropout: recipe.dropout > 0 }),
      prediction: predictionModel(features),
    };
    for (const worker of this.#workers) worker.postMessage({ type: 'models', models } satisfies Request);
  }

  /** Gives every thread the table; call once, before fit. */
  use(data: TrainingData): void {
    this.#data = shareData(data);
    for (const worker of this.#workers)
      worker.postMessage({ type: 'data', data: this.#data } satisfies Request);
  }

  /** Trains with one source held out, or on all rows for null. */
  async fit(heldOutSource: string | null): Promise<FitReply> {
    const { recipe, seed } = this.#options;
    const { codes, names } = (this.#data as TrainingData).source;
    const heldOut = heldOutSource === null ? -1 : names.indexOf(heldOutSource);
    let rows = 0;
    for (const code of codes) if (code !== heldOut) rows++;
    this.#total += stepCount(rows, recipe);
    return (await this.#submit({ type: 'fit', heldOutSource, recipe, seed })) as FitReply;
  }

  /** Scores the held-out source, or all rows for null, with an inference model. */
  async predict(
    heldOutSource: string | null,
    model: Uint8Array,
    standardisation: Standardisation,
  ): Promise<Float32Array> {
    return (await this.#submit({ type: 'predict', heldOutSource, model, standardisation })) as Float32Array;
  }

  /** What the training graph itself answers for the held-out source, or all rows for null, on the scale of its targets. */
  async predictTrained(
    heldOutSource: string | null,
    fitted: Pick<FitReply, 'parameters' | 'standardisation'>,
  ): Promise<Float32Array> {
    return (await this.#submit({ type: 'predict-trained', heldOutSource, fitted })) as Float32Array;
  }

  /** Stops all threads; what is running is lost and rejects with INTERRUPTED. */
  async close(): Promise<void> {
    this.#fail(new TrainError('INTERRUPTED', 'training was interrupted'));
    // onnxruntime-node aborts the process when its thread is terminated within a call: it stops between two
    if (this.#options.engine === 'native')
      for (const worker of this.#workers) worker.postMessage({ type: 'stop' } satisfies Request);
    else for (const worker of this.#workers) void worker.terminate();
    await this.#ended;
  }

  async #submit(request: Task): Promise<FitReply | Float32Array> {
    await this.#modelsSent;
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const job: Job = { request, resolve, reject, done: 0 };
      // scoring is short and ends a fold: it goes first
      if (request.type !== 'fit') this.#queue.unshift(job);
      else this.#queue.push(job);
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#idle.length > 0 && this.#queue.length > 0) {
      const worker = this.#idle.pop() as Worker;
      const job = this.#queue.shift() as Job;
      this.#running.set(worker, job);
      worker.postMessage(job.request);
    }
  }

  #receive(worker: Worker, reply: Reply): void {
    const job = this.#running.get(worker);
    // a job that failed with its pool may still answer
    if (job === undefined) return;
    if (reply.type === 'progress') {
      this.#done += reply.done - job.done;
      job.done = reply.done;
      this.#options.onProgress?.(this.#done, this.#total);
      return;
    }
    this.#running.delete(worker);
    this.#idle.push(worker);
    if (reply.type === 'error') job.reject(new TrainError(reply.code, reply.message));
    else job.resolve(reply.value);
    this.#dispatch();
  }

  /** Rejects everything that waits; the first failure is the one that is told. */
  #fail(error: TrainError): void {
    this.#failure ??= error;
    const jobs = [...this.#running.values(), ...this.#queue.splice(0)];
    this.#running.clear();
    for (const job of jobs) job.reject(this.#failure);
  }
}

function assertInteger(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new TrainError(
      'INVALID_OPTION',
      `${name} must be an integer from ${least} to ${most}, got ${value}`,
    );
}
