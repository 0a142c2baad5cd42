export { ReportError, type ReportErrorCode } from './errors.ts';
export { writeReport, type ReportOptions } from './report-files.ts';
