export { TableError, type TableErrorCode } from './errors.ts';
export {
  FEATURE_SETS,
  unclippedColumnOf,
  type FeatureSelection,
  type FeatureSetName,
} from './feature-sets.ts';
export type {
  FeatureTable,
  LabelledRows,
  NameColumn,
  ProbeTable,
  TableFile,
  TableWarning,
} from './feature-table.ts';
export type { ColumnDigest } from './content-digest.ts';
export { loadFeatureTable, loadProbeTable, type LoadOptions } from './load.ts';
export { isFeatureTable } from './table-files.ts';
export { tableColumns, type TableColumn } from './table-columns.ts';
export type { ColumnMapping } from './input-columns.ts';
export { columnStatistics, summariseTable, type ColumnStatistics, type TableSummary } from './summary.ts';
export {
  CODECS,
  encodeFeatureTable,
  loadEncoder,
  writeFeatureTable,
  type Codec,
  type ColumnData,
  type ColumnType,
  type EncodeOptions,
  type WriteOptions,
} from './table-file.ts';
export { extendTable, type ExtendOptions, type NumberColumns } from './extended-table-file.ts';
export { completeFeatures, featuresOf } from './logs/log-features.ts';
export { metricName } from './logs/metric-names.ts';
export { findLogs, readVmafLog } from './logs/log-file.ts';
export type { VmafLog } from './logs/vmaf-log.ts';
export { importLogs, type ImportedLogs, type ImportOptions } from './logs/import-logs.ts';
export { pairNames, type PairNames } from './logs/pair-names.ts';
export { type HeldOut, readPredictions, predictionBytes } from './predictions.ts';
