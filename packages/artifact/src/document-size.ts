/** The largest sidecar, in bytes: 1 MiB, as in lusoris/vmaf. */
export const MAX_SIDECAR_BYTES: number = 1_048_576;
/** The largest manifest of a dataset, in bytes: a page of text is some thousand. */
export const MAX_MANIFEST_BYTES: number = 4 * 1_048_576;
/** The largest metrics of a run, or evaluation, in bytes: 50,000 folds of 300, or all damaged items of 100,000. */
export const MAX_METRICS_BYTES: number = 16 * 1_048_576;
