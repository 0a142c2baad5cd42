export { BappsError, type BappsErrorCode } from './errors.ts';
export { BAPPS_SERVER, type ArchiveName } from './archives.ts';
export {
  BOOTSTRAP,
  type Bootstrap,
  type Interval,
  interval95,
  meansOverSets,
  resampledMeans,
} from './bootstrap.ts';
export type { Colourspace } from './colour.ts';
export type { OpenBappsOptions } from './dataset.ts';
export type { SetDigest } from './digests.ts';
export { evaluate, type EvaluateOptions } from './evaluate.ts';
export { type BappsMode, PATCH_SIDE, LAYOUTS } from './layout.ts';
export { lpipsMetric, type LpipsMetricOptions } from './lpips-metric.ts';
export {
  verifyBapps,
  describeJudgements,
  type Judges,
  type BappsManifest,
  type BappsReport,
  type ManifestSet,
} from './manifest.ts';
export { writeMiniBapps, type MiniOptions } from './mini-files.ts';
export {
  classicMetric,
  type ClassicMetricOptions,
  type Comparison,
  type MetricDescription,
  type PatchMetric,
} from './patch-metric.ts';
export { pullBapps, type PullBappsOptions, type PulledArchive } from './pull-files.ts';
export type { Resize } from './patch.ts';
export { type Damage, listSets, pathsOf } from './set-files.ts';
export { openTwoAfc, type Triplet, type TwoAfc } from './two-afc.ts';
export { publishedScore } from './published.ts';
export { storedPng } from './stored-png.ts';
export { readContents } from './item-files.ts';
export { readItem } from './item.ts';
export { ReusedPlanes } from './lpips-run.ts';
export { mean, twoAfcCredits } from './scores.ts';
export { writeNpyNumber } from './npy.ts';
