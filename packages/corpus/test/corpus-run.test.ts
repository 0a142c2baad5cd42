import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '@vqforge/base';
import { assembleCorpus, CorpusFolder, readCorpusStatus } from '@vqforge/corpus';
import { extractClips, featureRowsOf } from '@vqforge/score';
import { loadFeatureTable, tableColumns } from '@vqforge/table';
import { clip, put, writeClips, writeManifest } from './clips.ts';
import { temporaryFolder } from './folders.ts';
import { run, TEACHER } from './run-corpus.ts';

const fileDigest = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

describe('a corpus', () => {
  test('gives one table, byte for byte, whatever works on it and in which order', async () => {
    const folder = await temporaryFolder();
    const lines = await writeClips(folder, { sources: 3, renditions: 3 });
    const manifest = await writeManifest(folder, lines);
    const first = await run(manifest, join(folder, 'first'), { workers: 2 });
    const wanted = first.assembly?.sha256;
    expect(first).toMatchObject({ missing: 0, dead: [], plan: { pairs: 9, jobs: 9, known: 0 } });
    expect(await fileDigest(join(folder, 'first', 'features.parquet'))).toBe(wanted);

    const shuffled = await writeManifest(folder, [...lines].reverse(), 'shuffled.csv');
    expect((await run(shuffled, join(folder, 'shuffled'))).assembly?.sha256).toBe(wanted);

    const shares = await Promise.all(
      [1, 2, 3].map((index) => run(manifest, join(folder, 'shares'), { share: { index, count: 3 } })),
    );
    expect(shares.map(({ plan }) => plan.jobs)).toEqual([3, 3, 3]);
    expect(await fileDigest(join(folder, 'shares', 'features.parquet'))).toBe(wanted);

    const stop = new AbortController();
    const interrupted = run(manifest, join(folder, 'interrupted'), {
      signal: stop.signal,
      observer: { job: (done) => void (done === 4 && stop.abort()) },
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const resumed = await run(manifest, join(folder, 'interrupted'));
    expect(resumed.plan.known).toBeGreaterThanOrEqual(4);
    expect(resumed.assembly?.sha256).toBe(wanted);
  });

  test('has the numbers of one extraction, its own columns and its rights', async () => {
    const folder = await temporaryFolder();
    const manifest = await writeManifest(folder, await writeClips(folder));
    const { assembly } = await run(manifest, join(folder, 'out'), { measured: { teacher: TEACHER } });
    const table = await loadFeatureTable({ paths: [assembly?.table ?? ''], features: 'canonical6' });
    expect(table.rows).toBe(12);
    expect(table.teacherModels).toEqual(['invented']);
    expect((await tableColumns([assembly?.table ?? ''])).map(({ name }) => name).slice(0, 4)).toEqual([
      'source',
      'dis_basename',
      'frame_index',
      'codec',
    ]);
    const extracted = await extractClips({
      reference: join(folder, 'clips/s1/ref.y4m'),
      distorted: [join(folder, 'clips/s1/s1_1.y4m')],
      selection: { skipReference: 0, skipDistorted: 0, subsample: 1 },
      psnr: false,
      threads: 1,
      version: '',
      now: () => 0,
    });
    const [rows = []] = featureRowsOf(extracted, 's1');
    for (const name of table.featureColumns)
      expect([...(table.columns.get(name) ?? [])].slice(9)).toEqual(
        Array.from(rows.find((column) => column.name === name)?.values ?? []),
      );
    const dataset = JSON.parse(await readFile(join(folder, 'out', 'manifest.json'), 'utf8')) as {
      sources: { license: string; pairs: number }[];
    };
    expect(dataset.sources.map(({ license, pairs }) => [license, pairs])).toEqual([
      ['CC0-1.0', 2],
      ['CC0-1.0', 2],
    ]);
    const lineage = JSON.parse(await readFile(join(folder, 'out', 'lineage.json'), 'utf8')) as {
      manifest: { sha256: string };
      pairs: { reference_sha256: string }[];
    };
    expect(lineage.manifest.sha256).toBe(await fileDigest(manifest));
    expect(lineage.pairs[0]?.reference_sha256).toBe(await fileDigest(join(folder, 'clips/s0/ref.y4m')));
  });

  test('has no column vmaf without a teacher', async () => {
    const folder = await temporaryFolder();
    const manifest = await writeManifest(folder, await writeClips(folder, { sources: 1 }));
    const { assembly } = await run(manifest, join(folder, 'out'));
    const names = (await tableColumns([assembly?.table ?? ''])).map(({ name }) => name);
    expect(names).toContain('adm2');
    expect(names).not.toContain('vmaf');
    expect(names).not.toContain('teacher_model');
  });

  test('has null where a grey clip has no PSNR of chroma, and reads raw YUV as its line says', async () => {
    const folder = await temporaryFolder();
    const [grey, noisy] = [clip(0, 0), clip(0, 9)];
    const samples = (y4m: Buffer): Buffer =>
      Buffer.concat(
        y4m
          .toString('latin1')
          .split('FRAME\n')
          .slice(1)
          .map((frame) => Buffer.from(frame, 'latin1')),
      );
    for (const [name, bytes] of [
      ['grey', grey],
      ['noisy', noisy],
    ] as const) {
      await put(join(folder, `${name}.y4m`), bytes);
      await put(join(folder, `${name}.yuv`), samples(bytes));
    }
    // the same bytes as 4:2:0: two frames of another height in place of three grey ones
    const manifest = await put(
      join(folder, 'corpus.csv'),
      `reference,distorted,pixel_format,bitdepth,width,height
grey.y4m,noisy.y4m,,,,
grey.yuv,noisy.yuv,400,8,40,36
grey.yuv,other.yuv,420,8,40,36
`,
    );
    await put(join(folder, 'other.yuv'), samples(noisy));
    const { assembly } = await run(manifest, join(folder, 'out'), { measured: { psnr: true } });
    const read = (features: readonly string[]): ReturnType<typeof loadFeatureTable> =>
      loadFeatureTable({
        paths: [assembly?.table ?? ''],
        features,
        teacherColumn: 'vif_scale0',
        dropInvalid: true,
      });
    const adm = (await read(['adm2'])).columns.get('adm2') ?? [];
    expect(adm).toHaveLength(3 + 3 + 2);
    expect(adm.slice(3, 6)).toEqual(adm.slice(0, 3));
    // 4:2:0 alone has chroma
    expect((await read(['psnr_cb'])).rows).toBe(2);
  });

  test('measures clips again that are other ones, also of equal size and time', async () => {
    const folder = await temporaryFolder();
    const manifest = await writeManifest(folder, await writeClips(folder));
    const out = join(folder, 'out');
    const before = await run(manifest, out);
    const path = join(folder, 'clips/s0/s0_0.y4m');
    await writeFile(path, clip(0, 50));
    await utimes(path, new Date(0), new Date(0));
    const after = await run(manifest, out);
    expect(after.plan).toMatchObject({ jobs: 4, known: 3 });
    expect(after.assembly?.sha256).not.toBe(before.assembly?.sha256);
    await utimes(path, new Date(1000), new Date(1000));
    expect((await run(manifest, out)).plan.known).toBe(4);
  });

  test('is refused before anything is measured where clips are missing or are not what the manifest says', async () => {
    const folder = await temporaryFolder();
    await writeClips(folder, { sources: 1 });
    const digest = sha256(clip(0, 0));
    const header = 'reference,distorted,reference_sha256';
    const bad = await put(
      join(folder, 'bad.csv'),
      `${header}\nclips/s0/ref.y4m,clips/s0/s0_0.y4m,${'0'.repeat(64)}\n`,
    );
    await expect(run(bad, join(folder, 'bad'))).rejects.toMatchObject({
      code: 'CHANGED_CLIP',
      message: expect.stringContaining(digest) as unknown,
    });
    const gone = await put(
      join(folder, 'gone.csv'),
      'reference,distorted\nclips/s0/ref.y4m,clips/gone.y4m\n',
    );
    await expect(run(gone, join(folder, 'gone'))).rejects.toMatchObject({ code: 'MISSING_CLIP' });
    expect(await readdir(join(folder, 'gone'))).not.toContain('results');
    const good = await put(
      join(folder, 'good.csv'),
      `${header}\nclips/s0/ref.y4m,clips/s0/s0_0.y4m,${digest}\n`,
    );
    expect((await run(good, join(folder, 'good'))).missing).toBe(0);
  });

  test('computes damaged results again, and refuses to be put together without them', async () => {
    const folder = await temporaryFolder();
    const manifest = await writeManifest(folder, await writeClips(folder));
    const out = new CorpusFolder(join(folder, 'out'));
    const { assembly } = await run(manifest, out.path);
    const [id = ''] = await out.store.ids();
    const bytes = await readFile(out.store.pathOf(id));
    await writeFile(out.store.pathOf(id), bytes.subarray(0, -9));
    await expect(assembleCorpus({ folder: out, partial: false })).rejects.toMatchObject({
      code: 'INCOMPLETE',
    });
    const again = await run(manifest, out.path);
    expect(again.assembly?.sha256).toBe(assembly?.sha256);
    expect(await readFile(out.store.pathOf(id))).toEqual(bytes);
  });
});

describe('poison', () => {
  /** Programs in place of ffprobe: what they are asked about decides what they do. */
  const PROBE = `#!/bin/sh
case "$*" in
  *crash*) kill -9 $PPID; sleep 1;;
  *hang*) sleep 1000;;
  *) echo "no video" >&2; exit 1;;
esac
`;

  test('is given up with its reason after the stated attempts, and costs its neighbours nothing', async () => {
    const folder = await temporaryFolder();
    const lines = await writeClips(folder, { sources: 1, renditions: 3 });
    for (const name of ['crash', 'hang', 'text']) {
      await put(join(folder, `clips/${name}.mp4`), `a clip that is a ${name}`);
      lines.push(`s0,clips/s0/ref.y4m,clips/${name}.mp4,x264,CC0-1.0`);
    }
    await put(join(folder, 'clips/short.y4m'), clip(0, 5).subarray(0, -700));
    lines.push('s0,clips/s0/ref.y4m,clips/short.y4m,x264,CC0-1.0');
    const bin = join(folder, 'bin');
    await chmod(await put(join(bin, 'ffprobe'), PROBE), 0o755);
    const manifest = await writeManifest(folder, lines);
    const out = new CorpusFolder(join(folder, 'out'));
    const taught = { measured: { teacher: TEACHER }, workers: 2 };
    const path = process.env['PATH'];
    process.env['PATH'] = `${bin}${delimiter}${path}`;
    try {
      const result = await run(manifest, out.path, { ...taught, timeoutMs: 4000 });
      const status = await readCorpusStatus(out, Date.now());
      const dead = new Map(status.dead_letters.map((letter) => [letter.dis_basename, letter]));
      expect([...dead.keys()].sort()).toEqual(['crash.mp4', 'hang.mp4', 'short.y4m', 'text.mp4']);
      expect(dead.get('crash.mp4')).toMatchObject({ code: 'CRASHED', attempts: 2 });
      expect(dead.get('crash.mp4')?.message).toContain('SIGKILL');
      expect(dead.get('hang.mp4')).toMatchObject({ code: 'TIMED_OUT', attempts: 2 });
      expect(dead.get('text.mp4')).toMatchObject({ code: 'DECODE_FAILED', attempts: 1 });
      expect(dead.get('text.mp4')?.message).toContain('no video');
      expect(dead.get('short.y4m')).toMatchObject({ code: 'TRUNCATED', attempts: 1 });
      expect(status).toMatchObject({ pairs: 7, done: 3, waiting: 0 });
      // what is said names clips as the manifest does
      expect(JSON.stringify(status)).not.toContain(folder);
      expect(result).toMatchObject({ missing: 4 });
      expect(result.assembly).toBeUndefined();
    } finally {
      process.env['PATH'] = path;
    }
    // given up once, they are not tried again unasked
    expect((await run(manifest, out.path, taught)).plan).toMatchObject({ known: 3, dead: 4 });
    await expect(assembleCorpus({ folder: out, partial: false })).rejects.toMatchObject({
      code: 'INCOMPLETE',
      message: expect.stringContaining('hang.mp4 (TIMED_OUT') as unknown,
    });
    const partial = await assembleCorpus({ folder: out, partial: true });
    expect(partial).toMatchObject({ rows: 9, pairs: 3 });
    const card = await readFile(join(out.path, 'data-card.md'), 'utf8');
    expect(card).toContain('4 pairs of its corpus are missing');
    expect(card).toContain('short.y4m');
    // the cause is gone: what is let go of is tried again
    const { dead_letters: letters } = await readCorpusStatus(out, Date.now());
    for (const { id } of letters) await out.letters.remove(id);
    for (const name of ['crash', 'hang', 'text']) await rm(join(folder, `clips/${name}.mp4`));
    const healed = await writeManifest(folder, lines.slice(0, 3), 'healed.csv');
    expect((await run(healed, out.path, taught)).assembly?.sha256).toBe(partial.sha256);
  });
});
