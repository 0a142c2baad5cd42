export { ReportError, type ReportErrorCode } from './errors.ts';
export { writeReport, type ReportOptions } from './report-files.ts';
export { compareRuns, MEASURES, type Comparison, type Difference, type Measure } from './comparison.ts';
export { comparisonReport, MEASURE_NAMES, measureText } from './comparison-report.ts';
export { readComparison, type CompareOptions } from './comparison-files.ts';
export { sweepReport } from './sweep-report.ts';
export { corpusReport } from './corpus-report.ts';
