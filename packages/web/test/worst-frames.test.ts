import { expect, test } from 'vitest';
import { FrameTable } from '../src/view/frame-table.ts';
import { worstFrames } from '../src/view/worst-frames.ts';

function table(values: readonly (readonly number[])[], metric: string): FrameTable {
  const made = new FrameTable(values.map((_, at) => `rendition ${at}`));
  const frames = (values[0] ?? []).map((_, frame) => frame);
  made.add({ frames, metrics: [metric], values: [values] });
  return made;
}

test('of a moment, the worst frame of each rendition is listed once', () => {
  const dip = Array.from({ length: 60 }, (_, frame) => 90 - 10 * Math.max(0, 5 - Math.abs(frame - 20)));
  const flat = dip.map((value) => value + 1);
  const found = worstFrames(table([dip, flat], 'fr_regressor_v1'), 'fr_regressor_v1');
  expect(found.slice(0, 2)).toEqual([
    { frame: 20, rendition: 0, value: 40 },
    { frame: 20, rendition: 1, value: 41 },
  ]);
  for (const rendition of [0, 1]) {
    const frames = found.filter((one) => one.rendition === rendition).map(({ frame }) => frame);
    for (const [at, frame] of frames.entries())
      for (const other of frames.slice(at + 1)) expect(Math.abs(frame - other)).toBeGreaterThanOrEqual(12);
  }
});

test('of a distance, the largest is the worst', () => {
  const [worst] = worstFrames(table([[0.1, 0.5, 0.2]], 'lpips'), 'lpips');
  expect(worst).toEqual({ frame: 1, rendition: 0, value: 0.5 });
});
