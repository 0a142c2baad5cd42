import { describe, expect, it } from 'vitest';
import { inTurns, median, speedup, timeProcess } from '../../bench/lib/turns.mjs';

describe('turns', () => {
  it('runs the sides one after another, round by round', async () => {
    const order: string[] = [];
    const side = (name: string) => () => Promise.resolve(order.push(name));
    expect(await inTurns({ a: side('a'), b: side('b') }, 2)).toEqual({ a: [1, 3], b: [2, 4] });
    expect(order).toEqual(['a', 'b', 'a', 'b']);
  });

  it('takes the median of the ratios, not the ratio of the medians', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(speedup([2, 6, 6], [1, 3, 3])).toBe(2);
    expect(speedup([2, 6, 2], [1, 1, 3])).toBe(2);
  });

  it('times a process, and refuses one that fails', async () => {
    const { seconds, stdout } = await timeProcess(process.execPath, ['-e', 'console.log(1)']);
    expect(stdout).toBe('1\n');
    expect(seconds).toBeGreaterThan(0);
    await expect(timeProcess(process.execPath, ['-e', 'process.exit(3)'])).rejects.toThrow('ended with 3');
  });
});
