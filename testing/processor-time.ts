/**
 * Milliseconds of processor time that synchronous work takes in this process: a limit on it holds however busy the
 * machine is.
 */
export function processorTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
