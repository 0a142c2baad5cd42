import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { featuresOf } from '../../src/logs/log-features.ts';
import { readVmafLog } from '../../src/logs/log-file.ts';
import { FEATURE_SETS } from '../../src/feature-sets.ts';

const folder = fileURLToPath(new URL('fixtures/', import.meta.url));
const logs = readdirSync(folder).filter((name) => !name.endsWith('.md'));
const ORDER = [...FEATURE_SETS.canonical6, 'vmaf'];

describe('a log says the same in every format and of every version', () => {
  test.each(logs)('%s', async (name) => {
    const log = await readVmafLog(folder + name);
    expect(log.format).toBe(name.split('.').at(-1));
    expect([...log.frames]).toEqual([0, 5, 10, 15]);
    expect([...featuresOf(log, ORDER)]).toEqual(
      [
        [0.95, 0.5, 0.6, 0.7, 0.8, 0, 96.5],
        [0.9, 0.4, 0.5, 0.6, 0.7, 1.5, 80.25],
        [0.85, 0.3, 0.4, 0.5, 0.6, 2.25, 61.125],
        [0.8, 0.2, 0.3, 0.4, 0.5, 3.125, 40],
      ].flat(),
    );
  });

  test('JSON and XML tell the version and the speed, those of libvmaf 1.5 the model', async () => {
    const header = async (name: string): Promise<unknown> => {
      const { version, fps, model } = await readVmafLog(folder + name);
      return { version, fps, model };
    };
    expect(await header('libvmaf-3.json')).toEqual({ version: '3.0.0', fps: 812.5 });
    expect(await header('libvmaf-3.xml')).toEqual({ version: '3.0.0', fps: 812.5 });
    expect(await header('libvmaf-3.csv')).toEqual({});
    const old = { version: '1.5.2', fps: 812.5, model: 'vmaf_v0.6.1.pkl' };
    expect(await header('libvmaf-1.5.json')).toEqual(old);
    expect(await header('libvmaf-1.5.xml')).toEqual(old);
  });
});

const clips = fileURLToPath(new URL('../../../../../shared/clips/', import.meta.url));

describe('logs that libvmaf itself wrote of one pair', () => {
  if (!existsSync(clips)) console.log(`skipped: ${clips} is not here`);
  test.skipIf(!existsSync(clips))('agree on every metric that JSON, XML and CSV share', async () => {
    const read = (extension: string): ReturnType<typeof readVmafLog> =>
      readVmafLog(`${clips}flower_crf38.libvmaf.${extension}`);
    const [json, xml, csv] = await Promise.all(['json', 'xml', 'csv'].map(read));
    expect(json!.metrics.size).toBe(18); // psnr too
    expect([...xml!.metrics.keys()]).toEqual([...csv!.metrics.keys()]);
    expect(xml!.metrics.size).toBe(15);
    for (const log of [xml!, csv!]) {
      expect(log.frames).toEqual(json!.frames);
      for (const [metric, values] of log.metrics)
        expect([metric, values]).toEqual([metric, json!.metrics.get(metric)]);
    }
  });
});
