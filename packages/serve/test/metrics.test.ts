import { expect, test } from 'vitest';
import { Metrics } from '../src/metrics.ts';

const sources = {
  queues: new Map([['a_v1', { running: 1, waiting: 2 }]]),
  pendingBytes: () => 12,
  residentBytes: () => 1000,
};

// https://prometheus.io/docs/instrumenting/exposition_formats/
test('counts, cumulative buckets and gauges in the text format of Prometheus', () => {
  const metrics = new Metrics(sources);
  for (const milliseconds of [0.5, 3, 60_000]) metrics.answered('/v2', 'GET', 200, milliseconds);
  metrics.inferred('a_v1');
  metrics.inferred('a_v1', 4);
  const text = metrics.text();
  expect(text).toMatch(
    /^# HELP vqforge_http_requests_total Answers .*\n# TYPE vqforge_http_requests_total counter\nvqforge_http_requests_total\{route="\/v2",method="GET",status="200"\} 3\n\n/,
  );
  expect(text.match(/^vqforge_http_request_seconds.*/gm)).toEqual([
    ...[0.0005, 0.001, 0.0025].map(
      (limit) => `vqforge_http_request_seconds_bucket{le="${limit}",route="/v2"} 1`,
    ),
    ...[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30].map(
      (limit) => `vqforge_http_request_seconds_bucket{le="${limit}",route="/v2"} 2`,
    ),
    'vqforge_http_request_seconds_bucket{le="+Inf",route="/v2"} 3',
    'vqforge_http_request_seconds_sum{route="/v2"} 60.0035',
    'vqforge_http_request_seconds_count{route="/v2"} 3',
  ]);
  for (const line of [
    'vqforge_inferences_total{model="a_v1"} 5',
    'vqforge_queue_waiting{model="a_v1"} 2',
    'vqforge_queue_running{model="a_v1"} 1',
    'vqforge_pending_bytes 12',
    'process_resident_memory_bytes 1000',
  ])
    expect(text).toContain(`\n${line}\n`);
});

test('values of labels are escaped', () => {
  const metrics = new Metrics(sources);
  metrics.refused('"a\\b"\nc');
  expect(metrics.text()).toContain('vqforge_http_errors_total{code="\\"a\\\\b\\"\\nc"} 1\n');
});
