import { expect, test } from 'vitest';
import { markup } from '../src/markup.ts';
import { count, metric, points, quantile } from '../src/numbers.ts';
import { STYLE } from '../src/style.ts';

test('text cannot become markup, neither between tags nor in an attribute', () => {
  const hostile = `</title><script>alert("1")</script><img src=x onerror='x'>&amp;`;
  const { text } = markup`<b title="${hostile}">${[hostile]}</b>`;
  const inside = text.slice('<b title="'.length, -'</b>'.length);
  expect(inside.replace('">', '')).not.toMatch(/[<>"']/);
  expect(text).toContain('&amp;amp;');
  expect(markup`${markup`<i>${1}</i>`}`.text).toBe('<i>1</i>');
});

test('what would reverse a line, or is no text, is shown by its code', () => {
  expect(markup`${'a\u202eb\u0000\ud800c😀é'}`.text).toBe('a\\u202eb\\u0000\\ud800c😀é');
});

test('numbers as the page writes them', () => {
  expect([metric(0.999994), metric(-0.000001), metric(null)]).toEqual(['0.99999', '0.00000', 'undefined']);
  expect([points(-1.25, 1), count(10320), count(999), count(1234567)]).toEqual([
    '−1.3',
    '10,320',
    '999',
    '1,234,567',
  ]);
});

test('quantiles are type 7, the default of R and NumPy', () => {
  // numpy.quantile([1, 2, 4, 8], [0, 0.05, 0.5, 0.95, 1])
  const values = Float64Array.of(1, 2, 4, 8);
  const got = [0, 0.05, 0.5, 0.95, 1].map((fraction) => quantile(values, fraction));
  // a few units in the last place of numbers below 8
  for (const [i, expected] of [1, 1.15, 3, 7.4, 8].entries())
    expect(Math.abs(got[i]! - expected)).toBeLessThan(1e-14);
  expect(quantile(new Float64Array(), 0.5)).toBeNaN();
});

/** Contrast of two colours by WCAG 2.2: (L1 + 0.05) / (L2 + 0.05) of their relative luminances. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string): number => {
    const full = hex.length === 4 ? hex.replace(/[^#]/g, '$&$&') : hex;
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => parseInt(full.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

test('text has a contrast of at least 4.5 to 1, in light, dark and print', () => {
  expect(contrast('#000', '#ffffff')).toBeCloseTo(21, 10);
  const themes = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].map(
    ([, body = '']) =>
      new Map([...body.matchAll(/(--[\w-]+): (#\w+)/g)].map(([, name, value]) => [name, value!])),
  );
  expect(themes).toHaveLength(3);
  for (const theme of themes)
    for (const back of ['--paper', '--wash'])
      for (const front of ['--ink', '--muted', '--accent', '--second', '--good', '--bad'])
        expect([front, back, contrast(theme.get(front)!, theme.get(back)!) >= 4.5]).toEqual([
          front,
          back,
          true,
        ]);
});
