export { BAPPS_SERVER, type ArchiveName } from './bapps/archives.ts';
export { BOOTSTRAP, type Bootstrap, type Interval } from './bapps/bootstrap.ts';
export type { Colourspace } from './bapps/colour.ts';
export type { OpenBappsOptions } from './bapps/dataset.ts';
export type { SetDigest } from './bapps/digests.ts';
export { evaluate, type EvaluateOptions, type Evaluation } from './bapps/evaluate.ts';
export type { BappsMode } from './bapps/layout.ts';
export { lpipsMetric, type LpipsMetricOptions } from './bapps/lpips-metric.ts';
export { verifyBapps, type BappsManifest, type BappsReport, type ManifestSet } from './bapps/manifest.ts';
export { writeMiniBapps, type MiniOptions } from './bapps/mini-files.ts';
export {
  classicMetric,
  type ClassicMetricOptions,
  type Comparison,
  type MetricDescription,
  type PatchMetric,
} from './bapps/patch-metric.ts';
export { pullBapps, type PullBappsOptions, type PulledArchive } from './bapps/pull-files.ts';
export type { Resize } from './bapps/patch.ts';
export type { Damage } from './bapps/set-files.ts';
export type { Disagreement, MeanScore, SetScore } from './bapps/set-scores.ts';
export { openTwoAfc, type Triplet, type TwoAfc } from './bapps/two-afc.ts';
