export { writeReport, type ReportOptions } from './report/report-files.ts';
