import { describe, expect, test } from 'vitest';
import { frameToRgb, frameToTensor } from '../src/frame-to-tensor.ts';
import { type BitDepth, type Frame } from '../src/frame.ts';
import { unhonouredTags } from '../src/colour-tags.ts';
import { type ColourOptions } from '../src/colour.ts';
import { frameOf, generator, integer, noise } from './clips.ts';
import { MEAN, oracle, STD } from './oracle.ts';

const DEPTHS: readonly BitDepth[] = [8, 10, 12, 16];
const CHROMAS = ['400', '410', '411', '420', '422', '440', '444'] as const;
const CASES = DEPTHS.flatMap((bitDepth) => CHROMAS.map((chroma) => ({ bitDepth, chroma })));

describe('frameToTensor', () => {
  test.each(CASES)('equals float64 arithmetic: 4:$chroma, $bitDepth bits', ({ bitDepth, chroma }) => {
    const random = generator(bitDepth * 1000 + Number(chroma));
    for (const matrix of ['bt601', 'bt709', 'bt2020'] as const) {
      for (const range of ['limited', 'full'] as const) {
        // odd and even sides, and those of one pixel
        const shape = { width: integer(random, 1, 17), height: integer(random, 1, 9), chroma, bitDepth };
        const frame = frameOf(shape, noise(shape, random));
        const expected = oracle(frame, matrix, range);
        const rgb = frameToRgb(frame, { matrix, range });
        const tensor = frameToTensor(frame, { matrix, range });
        const plane = shape.width * shape.height;
        expect(rgb).toHaveLength(expected.length);
        for (const [at, value] of expected.entries()) {
          const code = rgb[at] as number;
          const clamped = Math.min(Math.max(value, 0), 255);
          // published coefficients have six digits: 255 · 0.5 · 5e-7 either way, times two terms of green
          expect(Math.abs(code - clamped)).toBeLessThanOrEqual(0.5 + 2e-4);
          const channel = at % 3;
          const normalised = (code / 255 - (MEAN[channel] as number)) / (STD[channel] as number);
          expect(tensor[channel * plane + Math.floor(at / 3)]).toBe(Math.fround(normalised));
        }
      }
    }
  });

  test('grey is grey, and halves are rounded up', () => {
    const shape = { width: 256, height: 1, chroma: '444', bitDepth: 8 } as const;
    const data = new Uint8Array(3 * 256).fill(128);
    for (let code = 0; code < 256; code++) data[code] = code;
    const rgb = frameToRgb(frameOf(shape, data));
    for (let code = 0; code < 256; code++) {
      const expected = Math.min(Math.max(Math.round((255 * (code - 16)) / 219), 0), 255);
      expect([...rgb.subarray(3 * code, 3 * code + 3)]).toEqual([expected, expected, expected]);
    }
    // 255 · (210 − 64) / 876 = 42.5
    const half = new Uint8Array(Uint16Array.of(210, 512, 512).buffer);
    expect(frameToRgb(frameOf({ width: 1, height: 1, chroma: '444', bitDepth: 10 }, half))[0]).toBe(43);
  });

  test('a frame of more bits with the same colours gives the same codes', () => {
    const random = generator(5);
    const shape = { width: 8, height: 8, chroma: '420', bitDepth: 8 } as const;
    const narrow = noise(shape, random);
    const expected = frameToRgb(frameOf(shape, narrow));
    for (const bitDepth of [10, 12, 16] as const) {
      const wide = Uint16Array.from(narrow, (code) => code << (bitDepth - 8));
      expect(frameToRgb(frameOf({ ...shape, bitDepth }, new Uint8Array(wide.buffer)))).toEqual(expected);
    }
  });

  test('the highest codes are clamped to 255, and samples above the depth count as the highest', () => {
    for (const bitDepth of [10, 12, 16] as const) {
      const most = 2 ** bitDepth - 1;
      const neutral = 2 ** (bitDepth - 1);
      const of = (...samples: number[]): Frame =>
        frameOf(
          { width: 1, height: 1, chroma: '444', bitDepth },
          new Uint8Array(Uint16Array.from(samples).buffer),
        );
      expect([...frameToRgb(of(most, neutral, neutral))]).toEqual([255, 255, 255]);
      for (const colour of [{}, { compat: 'fork' }] as ColourOptions[])
        expect(frameToRgb(of(65_535, 65_535, 65_535), colour)).toEqual(
          frameToRgb(of(most, most, most), colour),
        );
    }
  });

  test('no combination of codes leaves the tables', () => {
    const data = Uint8Array.from(
      [0, 16, 128, 235, 255].flatMap((y) => [y, 0, 0, y, 255, 255, y, 0, 255, y, 255, 0]),
    );
    for (const matrix of ['bt601', 'bt709', 'bt2020'] as const)
      for (const range of ['limited', 'full'] as const)
        for (let at = 0; at < data.length; at += 3) {
          const frame = frameOf(
            { width: 1, height: 1, chroma: '444', bitDepth: 8 },
            data.subarray(at, at + 3),
          );
          expect(frameToTensor(frame, { matrix, range }).every(Number.isFinite)).toBe(true);
        }
  });

  test("a file's own range holds unless another is asked for", () => {
    const shape = { width: 1, height: 1, chroma: '444', bitDepth: 8 } as const;
    const data = Uint8Array.of(16, 128, 128);
    expect(frameToRgb(frameOf(shape, data))[0]).toBe(0);
    expect(frameToRgb(frameOf(shape, data, 'full'))[0]).toBe(16);
    expect(frameToRgb(frameOf(shape, data, 'full'), { range: 'limited' })[0]).toBe(0);
    expect(frameToRgb(frameOf(shape, data, 'limited'), { range: 'full' })[0]).toBe(16);
  });

  test('samples at an odd address, and an output that is part of another', () => {
    const shape = { width: 3, height: 3, chroma: '420', bitDepth: 10 } as const;
    const data = noise(shape, generator(9));
    const shifted = new Uint8Array(data.length + 1);
    shifted.set(data, 1);
    const out = new Float32Array(60);
    frameToTensor(frameOf(shape, shifted.subarray(1)), {}, out.subarray(3, 30));
    expect(out.subarray(3, 30)).toEqual(frameToTensor(frameOf(shape, data)));
    expect(out[2]).toBe(0);
    expect(out[30]).toBe(0);
  });

  test("frames of R'G'B' are taken as they are", () => {
    const shape = { width: 2, height: 1, chroma: 'rgb', bitDepth: 8 } as const;
    const frame = frameOf(shape, Uint8Array.of(255, 0, 10, 20, 30, 40), 'full');
    expect([...frameToRgb(frame, { matrix: 'bt2020', range: 'limited' })]).toEqual([255, 0, 10, 20, 30, 40]);
    const tensor = frameToTensor(frame);
    for (const [channel, codes] of [
      [255, 20],
      [0, 30],
      [10, 40],
    ].entries())
      for (const [at, code] of codes.entries())
        expect(tensor[2 * channel + at]).toBe(
          Math.fround((code / 255 - (MEAN[channel] as number)) / (STD[channel] as number)),
        );
    expect(() => frameToRgb(frame, { compat: 'fork' })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
  });

  test("the file's tags choose the matrix, unless the caller does", () => {
    const shape = { width: 1, height: 1, chroma: '444', bitDepth: 8 } as const;
    const plain = frameOf(shape, Uint8Array.of(90, 100, 150));
    const matrices = {
      bt709: 'bt709',
      smpte170m: 'bt601',
      bt470bg: 'bt601',
      bt2020nc: 'bt2020',
      bt2020c: 'bt2020',
      ycgco: 'bt709',
    } as const;
    for (const [tag, matrix] of Object.entries(matrices)) {
      const tagged = { ...plain, format: { ...plain.format, tags: { matrix: tag } } };
      expect(frameToRgb(tagged)).toEqual(frameToRgb(plain, { matrix }));
      expect(frameToRgb(tagged, { matrix: 'bt601' })).toEqual(frameToRgb(plain, { matrix: 'bt601' }));
    }
    expect(unhonouredTags({ matrix: 'bt709', transfer: 'bt709', primaries: 'bt2020' })).toEqual([]);
    expect(unhonouredTags({ matrix: 'smpte170m', transfer: 'iec61966-2-1' })).toEqual([]);
    expect(unhonouredTags({ matrix: 'bt2020c', transfer: 'arib-std-b67' })).toEqual([
      'matrix bt2020c (BT.2020 constant luminance)',
      'transfer arib-std-b67 (HLG)',
    ]);
    expect(unhonouredTags({ matrix: 'ictcp' }, { override: 'bt709' })).toEqual([]);
    expect(unhonouredTags({ matrix: 'gbr' }, { isRgb: true })).toEqual([]);
    expect(unhonouredTags()).toEqual([]);
  });

  test('refuses data or an output of another length', () => {
    const shape = { width: 4, height: 4, chroma: '420', bitDepth: 8 } as const;
    expect(() => frameToTensor(frameOf(shape, new Uint8Array(23)))).toThrow(
      expect.objectContaining({ code: 'MALFORMED' }),
    );
    expect(() => frameToTensor(frameOf(shape, new Uint8Array(24)), {}, new Float32Array(47))).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  test.each([
    { matrix: 'bt470' },
    { range: 'video' },
    { compat: 'none' },
    { compat: 'fork', matrix: 'bt709' },
    { compat: 'fork', range: 'full' },
  ] as unknown as ColourOptions[])('refuses %j', (colour) => {
    const frame = frameOf({ width: 1, height: 1, chroma: '444', bitDepth: 8 }, Uint8Array.of(1, 2, 3));
    expect(() => frameToRgb(frame, colour)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});

describe("compat 'fork'", () => {
  const rgbOf = (ycbcr: readonly number[]): number[] => [
    ...frameToRgb(frameOf({ width: 1, height: 1, chroma: '444', bitDepth: 8 }, Uint8Array.from(ycbcr)), {
      compat: 'fork',
    }),
  ];

  test('its colours, as measured from the fork', () => {
    // pure red
    expect(rgbOf([63, 102, 240])).toEqual([218, 13, 0]);
    // cyan and skin (224, 172, 105) in BT.709 limited codes
    expect(rgbOf(limited(0, 255, 255))).toEqual([37, 242, 255]);
    expect(rgbOf(limited(224, 172, 105))).toEqual([216, 175, 93]);
    for (let code = 16; code <= 235; code++) {
      const grey = Math.round((255 * (code - 16)) / 219);
      expect(rgbOf([code, 128, 128])).toEqual([grey, grey, grey]);
    }
  });

  test('equals its C code written out in float32', () => {
    const f = Math.fround;
    const random = generator(7);
    for (const bitDepth of DEPTHS) {
      const shape = { width: 40, height: 10, chroma: '444', bitDepth } as const;
      const data = noise(shape, random);
      const samples = bitDepth === 8 ? data : new Uint16Array(data.buffer);
      const rgb = frameToRgb(frameOf(shape, data), { compat: 'fork' });
      const tensor = frameToTensor(frameOf(shape, data), { compat: 'fork' });
      for (let at = 0; at < 400; at++) {
        const eight = [0, 400, 800].map((plane) => {
          const sample = samples[plane + at] as number;
          return bitDepth === 8 ? sample : (sample + 2 ** (bitDepth - 9)) >> (bitDepth - 8);
        });
        const y = f(f((eight[0] as number) - 16) * f(1 / 219));
        const u = f(f((eight[1] as number) - 128) * f(1 / 224));
        const v = f(f((eight[2] as number) - 128) * f(1 / 224));
        const unit = [
          f(y + f(f(1.28033) * v)),
          f(f(y - f(f(0.21482) * u)) - f(f(0.38059) * v)),
          f(y + f(f(2.12798) * u)),
        ];
        for (const [channel, value] of unit.entries()) {
          const code = Math.trunc(f(f(Math.min(Math.max(value, 0), 1) * 255) + 0.5));
          expect(rgb[3 * at + channel]).toBe(code);
          const mean = f(MEAN[channel] as number);
          const normalised = f(f(f(code * f(1 / 255)) - mean) * f(1 / f(STD[channel] as number)));
          expect(tensor[400 * channel + at]).toBe(normalised);
        }
      }
    }
  });

  test('does not read 4:0:0, and takes no notice of the range of the file', () => {
    const grey = frameOf({ width: 1, height: 1, chroma: '400', bitDepth: 8 }, Uint8Array.of(16));
    expect(() => frameToRgb(grey, { compat: 'fork' })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
    const shape = { width: 1, height: 1, chroma: '444', bitDepth: 8 } as const;
    const full = frameOf(shape, Uint8Array.of(16, 128, 128), 'full');
    expect(frameToRgb(full, { compat: 'fork' })[0]).toBe(0);
  });

  /** Y'CbCr codes of limited BT.709. */
  function limited(red: number, green: number, blue: number): number[] {
    const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    return [
      Math.round(16 + (219 * luma) / 255),
      Math.round(128 + (224 * (blue - luma)) / 1.8556 / 255),
      Math.round(128 + (224 * (red - luma)) / 1.5748 / 255),
    ];
  }
});
