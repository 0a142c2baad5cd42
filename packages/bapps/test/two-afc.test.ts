import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, expect, test } from 'vitest';
import { writeNpyNumber } from '../src/npy.ts';
import { openTwoAfc, type Triplet } from '@vqforge/bapps';
import { temporaryRoot } from '../../../testing/workspace.ts';
import { noise, picture, write, writeTriplet } from './sets.ts';

let folder: string;

beforeEach(async () => {
  folder = await temporaryRoot();
});

const SETS = ['val/b', 'val/a'];

/** Sets of two and one triplets, written in another order than that of their names. */
async function writeSets(): Promise<void> {
  await writeTriplet(folder, 'val/a', 2, 1);
  await writeTriplet(folder, 'val/b', 3, 0.2);
  await writeTriplet(folder, 'val/a', 1, 0);
}

async function all(triplets: AsyncIterable<Triplet>): Promise<Triplet[]> {
  const found: Triplet[] = [];
  for await (const triplet of triplets) found.push(triplet);
  return found;
}

function file(set: string, role: string, name: string): string {
  return join(folder, '2afc', set, role, name);
}

test('gives every triplet, by set and name, with its pixels and its judgement', async () => {
  await writeSets();
  const dataset = await openTwoAfc(folder, { sets: SETS });
  expect(dataset.count).toBe(3);
  const triplets = await all(dataset.triplets());
  expect(triplets.map(({ set, id, judge }) => [set, id, judge])).toEqual([
    ['val/b', '000003', 0.2],
    ['val/a', '000001', 0],
    ['val/a', '000002', 1],
  ]);
  for (const { id, reference, p0, p1 } of triplets) {
    const seed = 10 * Number(id);
    expect(reference).toEqual(noise(3 * 64 * 64, seed));
    expect(p0).toEqual(noise(3 * 64 * 64, seed + 1));
    expect(p1).toEqual(noise(3 * 64 * 64, seed + 2));
  }
  expect((await all(dataset.triplets())).length).toBe(3);
});

test('walks subfolders and takes endings in capitals', async () => {
  await writeSets();
  for (const [role, ending] of [
    ['ref', 'png'],
    ['p0', 'png'],
    ['p1', 'png'],
    ['judge', 'npy'],
  ] as const) {
    await mkdir(file('val/a', role, 'deep'));
    await rename(
      file('val/a', role, `000001.${ending}`),
      file('val/a', role, `deep/000001.${ending.toUpperCase()}`),
    );
  }
  const dataset = await openTwoAfc(folder, { sets: ['val/a'] });
  expect((await all(dataset.triplets())).map(({ id }) => id)).toEqual(['000002', 'deep/000001']);
});

test('the digest is of names and bytes, whatever the order of sets, before a pass and after it', async () => {
  await writeSets();
  const dataset = await openTwoAfc(folder, { sets: SETS });
  const before = await dataset.digest();
  await all(dataset.triplets());
  expect(await dataset.digest()).toBe(before);
  expect(await (await openTwoAfc(folder, { sets: [...SETS].reverse() })).digest()).toBe(before);
  await writeFile(file('val/a', 'judge', '000001.npy'), writeNpyNumber(0.2));
  const changed = await openTwoAfc(folder, { sets: SETS });
  expect(await changed.digest()).not.toBe(before);
  expect((await changed.digests()).map(({ set, count }) => [set, count])).toEqual([
    ['val/b', 1],
    ['val/a', 2],
  ]);
});

const png = (channels: 1 | 2 | 4, options: object = {}): Promise<Uint8Array> =>
  sharp(Buffer.from(noise(64 * 64 * channels, 4)), { raw: { width: 64, height: 64, channels } })
    .png(options)
    .toBuffer();

async function deep(): Promise<Uint8Array> {
  const raw = { width: 64, height: 64, channels: 3 } as const;
  return sharp(Uint16Array.from(noise(3 * 64 * 64, 5)), { raw })
    .toColourspace('rgb16')
    .png()
    .toBuffer();
}

/** Each: what is put in the place of a file of val/a 000001, and what is said about it. */
const DAMAGES: readonly [string, string, () => Uint8Array | Promise<Uint8Array>, RegExp][] = [
  ['a cut PNG', 'p0/000001.png', () => picture(1).subarray(0, 6000), /p0 is a damaged PNG/],
  [
    'a PNG with a changed pixel',
    'p1/000001.png',
    () => picture(1).fill(1, 5000, 5001),
    /p1 is a damaged PNG/,
  ],
  ['text', 'ref/000001.png', () => Buffer.from('PNG'.repeat(20)), /ref is not a PNG/],
  ['an empty file', 'ref/000001.png', () => new Uint8Array(0), /ref is not a PNG/],
  [
    'a grey picture',
    'ref/000001.png',
    () => sharp(picture(1)).toColourspace('b-w').png().toBuffer(),
    /8-bit grey picture/,
  ],
  ['a picture with alpha', 'p0/000001.png', () => png(4), /8-bit RGB with alpha/],
  ['a palette', 'p0/000001.png', () => png(4, { palette: true }), /palette picture/],
  ['16 bits', 'p1/000001.png', deep, /16-bit RGB picture/],
  ['no square', 'p1/000001.png', () => picture(1, 64, 65), /p1 is 64×65/],
  ['too small a picture', 'p1/000001.png', () => picture(1, 32), /p1 is 32×32/],
  ['too large a picture', 'p1/000001.png', () => picture(1, 1025), /1025×1025/],
  ['a picture of another size', 'p0/000001.png', () => picture(1, 128), /sides of 64 and 128/],
  ['a file too large to read', 'p0/000001.png', () => new Uint8Array(4_000_000), /4000000 bytes/],
  ['NaN', 'judge/000001.npy', () => writeNpyNumber(NaN), /judge is NaN/],
  ['a judgement above 1', 'judge/000001.npy', () => writeNpyNumber(1.0001), /judge is 1.0001/],
  ['a judgement below 0', 'judge/000001.npy', () => writeNpyNumber(-1), /judge is -1/],
  ['a judgement that is none', 'judge/000001.npy', () => picture(1), /4096/],
];

test.each(DAMAGES)('%s is refused by name, and can be left out', async (_name, path, bytes, reason) => {
  await writeSets();
  await write(join(folder, '2afc/val/a', path), await bytes());
  const strict = await openTwoAfc(folder, { sets: SETS });
  await expect(all(strict.triplets())).rejects.toMatchObject({
    code: 'DAMAGED_DATASET',
    message: expect.stringMatching(reason) as string,
  });
  await expect(all(strict.triplets())).rejects.toThrow(/^1 of 3 triplets cannot be used: val\/a 000001: /);

  const tolerant = await openTwoAfc(folder, { sets: SETS, skipDamaged: true });
  expect((await all(tolerant.triplets())).map(({ id }) => id)).toEqual(['000003', '000002']);
  expect(tolerant.damaged).toMatchObject([{ set: 'val/a', id: '000001' }]);
  expect(tolerant.damaged[0]?.reason).toMatch(reason);
  expect(await tolerant.digest()).toBe(await strict.digest());
});

test('all damage is counted, and no triplet is given after the first', async () => {
  for (let n = 0; n < 40; n++) await writeTriplet(folder, 'val/a', n, 0);
  for (const n of [2, 9, 30]) await rm(file('val/a', 'p0', `${String(n).padStart(6, '0')}.png`));
  for (const n of [20, 35]) await writeFile(file('val/a', 'p1', `0000${n}.png`), 'no picture');
  await expect(openTwoAfc(folder, { sets: ['val/a'] })).rejects.toThrow(/^3 of 40 .*000002: p0 is missing/);
  for (const n of [2, 9, 30])
    await write(file('val/a', 'p0', `${String(n).padStart(6, '0')}.png`), picture(n));
  const given: string[] = [];
  const read = async (): Promise<void> => {
    for await (const { id } of (await openTwoAfc(folder, { sets: ['val/a'] })).triplets()) given.push(id);
  };
  await expect(read()).rejects.toThrow(/^2 of 40 .*000020.*000035/);
  expect(given.length).toBe(20);
});

test('the missing are recorded with the damaged', async () => {
  await writeSets();
  await rm(file('val/a', 'judge', '000001.npy'));
  await writeFile(file('val/b', 'ref', '000003.png'), 'no picture');
  const dataset = await openTwoAfc(folder, { sets: SETS, skipDamaged: true });
  expect((await all(dataset.triplets())).map(({ id }) => id)).toEqual(['000002']);
  expect(dataset.damaged).toEqual([
    { set: 'val/a', id: '000001', reason: 'judge is missing' },
    { set: 'val/b', id: '000003', reason: 'ref is not a PNG file' },
  ]);
});

test.each<[string, () => Promise<unknown>, readonly string[] | undefined, string]>([
  ['a folder that is not there', () => rm(folder, { recursive: true }), undefined, 'NOT_BAPPS'],
  ['a folder that is not BAPPS', () => rm(join(folder, '2afc'), { recursive: true }), undefined, 'NOT_BAPPS'],
  ['a set without p1', () => rm(join(folder, '2afc/val/a/p1'), { recursive: true }), SETS, 'NOT_BAPPS'],
  ['a set that is not there', () => Promise.resolve(), ['val/c'], 'UNKNOWN_SET'],
  ['the default sets where there are others', () => Promise.resolve(), undefined, 'UNKNOWN_SET'],
  ['a name that leads out', () => Promise.resolve(), ['../jnd'], 'UNKNOWN_SET'],
  ['a set twice', () => Promise.resolve(), ['val/a', 'val/a'], 'UNKNOWN_SET'],
])('refuses %s', async (_name, spoil, sets, code) => {
  await writeSets();
  await spoil();
  await expect(openTwoAfc(folder, sets === undefined ? {} : { sets })).rejects.toMatchObject({ code });
});

test('refuses an empty set', async () => {
  for (const role of ['ref', 'p0', 'p1', 'judge'])
    await mkdir(join(folder, '2afc/val/empty', role), { recursive: true });
  await expect(openTwoAfc(folder, { sets: ['val/empty'] })).rejects.toMatchObject({ code: 'EMPTY_SET' });
});
