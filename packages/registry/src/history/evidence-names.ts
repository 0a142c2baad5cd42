/** Names of the evidence of a run; the metrics come first, as they say which model they are of. */
export const EVIDENCE_FILES: readonly string[] = [
  'metrics.json',
  'predictions.parquet',
  'checkpoint.json',
  'environment.json',
];
