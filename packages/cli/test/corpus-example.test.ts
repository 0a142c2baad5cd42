import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { hasFfmpeg } from '../../../testing/ffmpeg.ts';
import { inventedModel, modelBytes } from '../../../testing/invented-teacher.ts';
import { temporaryFolder } from './folders.ts';

describe.skipIf(!hasFfmpeg)('examples/corpus', () => {
  test('goes from formulas to a training, with any teacher', async () => {
    const folder = await temporaryFolder();
    const teacher = join(folder, 'teacher.json');
    writeFileSync(teacher, modelBytes(inventedModel()));
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const program = join(root, 'examples/corpus/corpus.mjs');
    // what the gate says of an invented teacher is its own affair
    const { stdout: said } = spawnSync(process.execPath, [program, join(folder, 'work'), teacher], {
      encoding: 'utf8',
    });
    expect(said).toContain('16 renditions');
    expect(said).toMatch(/384 rows of 16 pairs, sha256 [0-9a-f]{64}/);
    expect(said).toMatch(/waves +96/);
  });
});
