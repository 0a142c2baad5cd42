import { spawn } from 'node:child_process';

/**
 * Runs the sides in turns, A B C A B C …, so that a busy minute of the machine falls on all of them.
 * @template T
 * @param {Record<string, () => Promise<T>>} sides
 * @returns {Promise<Record<string, T[]>>} the results of each side, one per round
 */
export async function inTurns(sides, rounds) {
  const results = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, side] of Object.entries(sides)) results[name].push(await side());
  }
  return results;
}

/**
 * Wall time of a whole process, start to exit.
 * @returns {Promise<{ seconds: number, stdout: string }>}
 * @throws when it ends in another way than exit code 0
 */
export async function timeProcess(command, args) {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
  return { seconds, stdout };
}

/** The middle value, or the mean of the two middle ones. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** How many times longer the peer took, round by round: the median of the rounds' own ratios. */
export function speedup(peerSeconds, ourSeconds) {
  return median(peerSeconds.map((seconds, round) => seconds / ourSeconds[round]));
}
