import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { TaskQueue } from './task-queue.ts';

/** Seconds: from a regressor alone to LPIPS of a large image in a queue. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

interface Sources {
  readonly queues: ReadonlyMap<string, Pick<TaskQueue, 'running' | 'waiting'>>;
  readonly pendingBytes: () => number;
  readonly residentBytes: () => number;
}

/**
 * What Prometheus asks for. Labels take few values: routes as they are declared, models that are served.
 * @see https://prometheus.io/docs/practices/naming/
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'vqforge_http_requests_total',
    help: 'Answers by route, method and status.',
    labelNames: ['route', 'method', 'status'] as const,
    registers: [this.#registry],
  });
  readonly #seconds = new Histogram({
    name: 'vqforge_http_request_seconds',
    help: 'Time from the headers of a request to the end of its answer.',
    labelNames: ['route'] as const,
    buckets: BUCKETS,
    registers: [this.#registry],
  });
  readonly #refusals = new Counter({
    name: 'vqforge_http_errors_total',
    help: 'Requests that were refused or failed, by error code.',
    labelNames: ['code'] as const,
    registers: [this.#registry],
  });

  readonly #inferences = new Counter({
    name: 'vqforge_inferences_total',
    help: 'Requests that a model answered.',
    labelNames: ['model'] as const,
    registers: [this.#registry],
  });

  // prom-client sorts and joins labels at each call; they take few values
  readonly #inferencesOf = new Map<string, Counter.Internal>();
  readonly #series = new Map<string, { requests: Counter.Internal; seconds: Histogram.Internal<'route'> }>();

  constructor({ queues, pendingBytes, residentBytes }: Sources) {
    const gauge = (
      name: string,
      help: string,
      valueOf: (queue: Pick<TaskQueue, 'running' | 'waiting'>) => number,
    ): void => {
      const metric = new Gauge({
        name,
        help,
        labelNames: ['model'],
        registers: [],
        collect() {
          for (const [model, queue] of queues) this.set({ model }, valueOf(queue));
        },
      });
      this.#registry.registerMetric(metric);
    };
    gauge('vqforge_queue_waiting', 'Requests that wait for a model.', ({ waiting }) => waiting);
    gauge('vqforge_queue_running', 'Requests that a model computes.', ({ running }) => running);
    this.#plainGauge('vqforge_pending_bytes', 'Bytes held by requests under way.', pendingBytes);
    this.#plainGauge('process_resident_memory_bytes', 'Resident memory size in bytes.', residentBytes);
  }

  answered(route: string, method: string, status: number, milliseconds: number): void {
    const key = `${method} ${status} ${route}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      series = {
        requests: this.#requests.labels({ route, method, status }),
        seconds: this.#seconds.labels({ route }),
      };
      this.#series.set(key, series);
    }
    series.requests.inc();
    series.seconds.observe(milliseconds / 1000);
  }

  inferred(model: string, requests = 1): void {
    let counter = this.#inferencesOf.get(model);
    if (counter === undefined) {
      counter = this.#inferences.labels({ model });
      this.#inferencesOf.set(model, counter);
    }
    counter.inc(requests);
  }

  refused(code: string): void {
    this.#refusals.inc({ code });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #plainGauge(name: string, help: string, value: () => number): void {
    const metric = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(value());
      },
    });
    this.#registry.registerMetric(metric);
  }
}
