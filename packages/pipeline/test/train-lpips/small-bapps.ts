import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '@vqforge/base';
import sharp from 'sharp';
import { writeNpyNumber } from '@vqforge/bapps';

const SIDE = 64;

/**
 * A set of triplets: noise of squares, and two shaken copies of it. The judge prefers the one that was shaken less, and of
 * five people one disagrees where they are close. `inverted`: the other way round.
 */
export async function writeSet(
  folder: string,
  set: string,
  count: number,
  seed: number,
  { inverted = false }: { readonly inverted?: boolean } = {},
): Promise<void> {
  const random = new RandomStream(seed, 'dropout', 0);
  const at = (role: string): string => join(folder, '2afc', set, role);
  for (const role of ['ref', 'p0', 'p1', 'judge']) await mkdir(at(role), { recursive: true });
  for (let triplet = 0; triplet < count; triplet++) {
    const name = String(triplet).padStart(6, '0');
    const colours = Float64Array.from({ length: 3 * 64 }, () => 40 + 175 * random.fraction());
    const clean = (pixel: number, channel: number): number => {
      const [x, y] = [pixel % SIDE, Math.floor(pixel / SIDE)];
      return colours[3 * (8 * (y >> 3) + (x >> 3)) + channel] as number;
    };
    const picture = (amount: number): Uint8Array =>
      Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) =>
        Math.max(0, Math.min(255, clean(Math.floor(i / 3), i % 3) + amount * (2 * random.fraction() - 1))),
      );
    const [a, b] = [5 + 50 * random.fraction(), 5 + 50 * random.fraction()];
    const pictures = { ref: picture(0), p0: picture(a), p1: picture(b) };
    for (const [role, rgb] of Object.entries(pictures)) {
      const png = await sharp(rgb, { raw: { width: SIDE, height: SIDE, channels: 3 } })
        .png()
        .toBuffer();
      await writeFile(join(at(role), `${name}.png`), png);
    }
    const sure = Math.abs(a - b) > 10 ? 1 : 0.8;
    await writeFile(join(at('judge'), `${name}.npy`), writeNpyNumber(b < a !== inverted ? sure : 1 - sure));
  }
}
