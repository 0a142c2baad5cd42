/** One line of JSON: rows, seconds since Node was up (imports included), bytes of the arrays kept, and the peak of the process. */
export function printResult(rows, arrays) {
  const seconds = (performance.now() - performance.nodeTiming.bootstrapComplete) / 1000;
  const kept = arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ rows, seconds, kept, peak }));
}
