/**
 * Counts a vitest run from its JSON report. A file that did not load, a report that was not written, and a run
 * that ended badly although every test passed (an unhandled rejection, a dead worker) are one failure each.
 * @param {() => object} readReport vitest's JSON report; throws when there is none
 * @param {number | null} status vitest's exit code
 */
export function countTests(readReport, status) {
  let report;
  try {
    report = readReport();
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const { numPassedTests: passed, numPendingTests: pending, numTodoTests: todo, testResults: files } = report;
  const isFailed = ({ status }) => status === 'failed';
  const unloaded = files.filter((file) => isFailed(file) && !file.assertionResults.some(isFailed)).length;
  const failed = report.numFailedTests + unloaded;
  return { passed, failed: failed === 0 && status !== 0 ? 1 : failed, skipped: pending + todo };
}
