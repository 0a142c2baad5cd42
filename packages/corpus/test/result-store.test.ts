import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { completeMeasurement, jobId, pairIdentity, ResultStore, runIdentity } from '@vqforge/corpus';
import { temporaryFolder } from './folders.ts';

const [A, B] = ['a', 'b'].map((letter) => letter.repeat(64)) as [string, string];
const { measurement } = await completeMeasurement({});
const run = runIdentity(measurement, { kernels: A });

const result = (value: number, identity = pairIdentity(run, A, B)) =>
  ({
    schema: 'vqforge/corpus-result-v1',
    identity,
    frames: [0, 1],
    columns: [{ name: 'adm2', values: [value, 1 / 3] }],
  }) as const;

describe('the id of a job', () => {
  test('is a name that every queue takes, and the same on every machine', () => {
    const id = jobId(pairIdentity(run, A, B));
    expect(id).toMatch(/^pair-[0-9a-f]{64}$/);
    expect(jobId(JSON.parse(JSON.stringify(pairIdentity(run, A, B))) as never)).toBe(id);
  });

  test('changes with every clip, option, model and engine, and with nothing else', () => {
    const model = { model: 'm', sha256: A };
    const ids = [
      pairIdentity(run, A, B),
      pairIdentity(run, B, A),
      pairIdentity(run, A, A),
      ...[
        { motion: 'v3.1' },
        { neg: true },
        { additive: true },
        { psnr: true },
        { scale: true },
        { subsample: 2 },
        { teacher: model },
        { teacher: { ...model, sha256: B } },
        { lpips: model },
      ].map((change) =>
        pairIdentity(runIdentity({ ...measurement, ...change } as never, { kernels: A }), A, B),
      ),
      pairIdentity(runIdentity(measurement, { kernels: B }), A, B),
      pairIdentity(runIdentity(measurement, { kernels: A, lpips: 'onnxruntime-web 1.30.0' }), A, B),
      pairIdentity(runIdentity(measurement, { kernels: A, scaler: 'libswscale 6' }), A, B),
    ].map(jobId);
    expect(new Set(ids).size).toBe(ids.length);
    const named = { ...measurement, teacher: { ...model, model: 'another name of one file' } };
    expect(runIdentity(named, { kernels: A })).toEqual(
      runIdentity({ ...measurement, teacher: model }, { kernels: A }),
    );
  });
});

describe('the store of results', () => {
  test('gives back the same doubles, and leaves no temporary file', async () => {
    const store = new ResultStore(await temporaryFolder());
    const id = await store.put(result(0.1 + 0.2));
    expect(store.get(id)).toEqual(result(0.30000000000000004));
    expect(await store.put(result(0.1 + 0.2))).toBe(id);
    expect([...(await store.ids())]).toEqual([id]);
    expect(await readdir(store.folder, { recursive: true })).toEqual([
      id.slice(5, 7),
      join(id.slice(5, 7), `${id}.json`),
    ]);
  });

  test('refuses a second result that is another one, naming both', async () => {
    const store = new ResultStore(await temporaryFolder());
    const id = await store.put(result(1));
    const error = await store
      .put(result(2))
      .catch((thrown: unknown) => thrown as { code: string; message: string });
    expect(error).toMatchObject({ code: 'CONFLICTING_RESULTS' });
    const named = new Set((error as { message: string }).message.match(/\b[0-9a-f]{64}\b/g));
    expect(named.size).toBe(3); // the id and the digests of both
    expect(store.get(id)).toEqual(result(1));
  });

  test('20 writers at once leave one whole result', async () => {
    const store = new ResultStore(await temporaryFolder());
    const ids = await Promise.all(Array.from({ length: 20 }, () => store.put(result(7))));
    expect(new Set(ids).size).toBe(1);
    expect(store.get(ids[0] as string)).toEqual(result(7));
    expect(await readdir(dirname(store.pathOf(ids[0] as string)))).toHaveLength(1);
  });

  test('takes a result with any byte changed, cut or added for missing, and replaces it', async () => {
    const store = new ResultStore(await temporaryFolder());
    const id = await store.put(result(1));
    const bytes = await readFile(store.pathOf(id));
    const damaged = [
      ...Array.from({ length: 40 }, (_, at) => {
        const copy = Buffer.from(bytes);
        const place = Math.floor((at * (bytes.length - 1)) / 39);
        copy[place] = (copy[place] as number) ^ 1;
        return copy;
      }),
      bytes.subarray(0, -1),
      bytes.subarray(0, 30),
      Buffer.alloc(0),
      Buffer.concat([bytes, Buffer.from('\n')]),
    ];
    for (const copy of damaged) {
      await writeFile(store.pathOf(id), copy);
      expect(store.has(id)).toBe(false);
      expect(() => store.get(id)).toThrow(expect.objectContaining({ code: 'DAMAGED_RESULT' }) as Error);
    }
    await store.put(result(1));
    expect(store.get(id)).toEqual(result(1));
  });

  test('refuses a whole result that lies under the name of another job', async () => {
    const store = new ResultStore(await temporaryFolder());
    const first = await store.put(result(1));
    const second = await store.put(result(1, pairIdentity(run, B, B)));
    await writeFile(store.pathOf(first), await readFile(store.pathOf(second)));
    expect(() => store.get(first)).toThrow(expect.objectContaining({ code: 'DAMAGED_RESULT' }) as Error);
  });
});
