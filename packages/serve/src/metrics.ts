import type { TaskQueue } from './task-queue.ts';

/** Seconds: from a regressor alone to LPIPS of a large image in a queue. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

type Queue = Pick<TaskQueue, 'running' | 'waiting'>;

interface Sources {
  readonly queues: ReadonlyMap<string, Queue>;
  readonly pendingBytes: () => number;
  readonly residentBytes: () => number;
}

/**
 * Counters, histograms and gauges of a server in Prometheus's text format. Labels take few values: routes as they are declared,
 * models that are served.
 * @see https://prometheus.io/docs/practices/naming/
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export class Metrics {
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';
  readonly #sources: Sources;
  readonly #requests = new Counts('route', 'method', 'status');
  readonly #seconds = new Map<string, Durations>();
  readonly #refusals = new Counts('code');
  readonly #inferences = new Counts('model');

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  answered(route: string, method: string, status: number, milliseconds: number): void {
    this.#requests.add(1, route, method, status);
    const durations = this.#seconds.get(route) ?? new Durations();
    this.#seconds.set(route, durations);
    durations.add(milliseconds / 1000);
  }

  inferred(model: string, requests = 1): void {
    this.#inferences.add(requests, model);
  }

  refused(code: string): void {
    this.#refusals.add(1, code);
  }

  text(): string {
    const { queues, pendingBytes, residentBytes } = this.#sources;
    const ofQueues = (valueOf: (queue: Queue) => number): Sample[] =>
      [...queues].map(([model, queue]) => [labels({ model }), valueOf(queue)]);
    return [
      metric(
        'vqforge_http_requests_total',
        'counter',
        'Answers by route, method and status.',
        this.#requests.samples(),
      ),
      metric(
        'vqforge_http_request_seconds',
        'histogram',
        'Time from the headers of a request to the end of its answer.',
        [...this.#seconds].flatMap(([route, durations]) => durations.samples(route)),
      ),
      metric(
        'vqforge_http_errors_total',
        'counter',
        'Requests that were refused or failed, by error code.',
        this.#refusals.samples(),
      ),
      metric(
        'vqforge_inferences_total',
        'counter',
        'Requests that a model answered.',
        this.#inferences.samples(),
      ),
      metric(
        'vqforge_queue_waiting',
        'gauge',
        'Requests that wait for a model.',
        ofQueues(({ waiting }) => waiting),
      ),
      metric(
        'vqforge_queue_running',
        'gauge',
        'Requests that a model computes.',
        ofQueues(({ running }) => running),
      ),
      metric('vqforge_pending_bytes', 'gauge', 'Bytes held by requests under way.', [['', pendingBytes()]]),
      metric('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', [
        ['', residentBytes()],
      ]),
    ].join('\n');
  }
}

/** A line of a metric without its name: suffix and labels, either of which may be absent, and the value. */
type Sample = readonly [string, number];

function metric(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([suffix, value]) => `${name}${suffix} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labels(values: Readonly<Record<string, string>>): string {
  const escaped = (value: string): string =>
    value.replace(/[\\"]/g, (character) => `\\${character}`).replaceAll('\n', '\\n');
  return `{${Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;
}

/** Counts by the values of their labels. */
class Counts {
  readonly #names: readonly string[];
  readonly #counts = new Map<string, number>();

  constructor(...names: string[]) {
    this.#names = names;
  }

  add(count: number, ...values: (string | number)[]): void {
    const key = values.join('\0');
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }

  samples(): Sample[] {
    return [...this.#counts].map(([key, count]) => {
      const values = key.split('\0');
      return [labels(Object.fromEntries(this.#names.map((name, index) => [name, values[index]!]))), count];
    });
  }
}

/** A histogram of seconds. */
class Durations {
  /** One for each bucket, without those of the buckets below it, and one for what is above all. */
  readonly #counts = [...BUCKETS, Infinity].map(() => 0);
  #sum = 0;

  add(seconds: number): void {
    const bucket = BUCKETS.findIndex((limit) => seconds <= limit);
    this.#counts[bucket === -1 ? BUCKETS.length : bucket]! += 1;
    this.#sum += seconds;
  }

  samples(route: string): Sample[] {
    let count = 0;
    const buckets = this.#counts.map((inside, index): Sample => {
      count += inside;
      return [`_bucket${labels({ le: String(BUCKETS[index] ?? '+Inf'), route })}`, count];
    });
    return [...buckets, [`_sum${labels({ route })}`, this.#sum], [`_count${labels({ route })}`, count]];
  }
}
