import { existsSync } from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportRegistry } from '../src/export-registry.ts';
import { findEntry } from '../src/registry-entry.ts';
import { loadVerified, readRegistry } from '../src/load.ts';
import { verifyRegistry } from '../src/verify.ts';
import { expect, test } from 'vitest';
import { codeOf, temporaryFolder } from '../../../testing/registry-models.ts';

const REFERENCE = fileURLToPath(new URL('../../../../shared/reference', import.meta.url));
const isHere = existsSync(join(REFERENCE, 'registry.json'));
if (!isHere) console.log("skipped: the reference system's model folder is not beside the repository");

test.skipIf(!isHere)(
  'a registry of the reference is verified in place, and told what is wrong with it',
  async () => {
    const { schemaVersion, verified, findings } = await verifyRegistry({ registry: REFERENCE });
    expect(schemaVersion).toBe(1);
    // of its 24 entries two have files here, and one of those keeps 95.9 % of its weights outside the hash
    expect(verified).toStrictEqual(['lpips_sq_v1']);
    expect(findings.filter(({ code }) => code === 'MISSING_FILE').length).toBeGreaterThanOrEqual(22);
    const about = (id: string | null): string[] =>
      findings.filter((finding) => finding.id === id).map(({ severity, code }) => `${severity} ${code}`);
    expect(about('fr_regressor_v1')).toStrictEqual([
      'warning SIDECAR_UNPINNED',
      'warning SIDECAR_DIALECT',
      'error EXTERNAL_DATA',
      'warning UNSTRIPPED',
      'warning MISSING_BUNDLE',
    ]);
    expect(about('lpips_sq_v1')).toStrictEqual([
      'warning SIDECAR_UNPINNED',
      'warning SIDECAR_DIALECT',
      'warning UNSTRIPPED',
      'warning MISSING_BUNDLE',
    ]);
    // the folder may hold files of other kinds, which no entry names either
    const unregistered = findings.filter(({ code }) => code === 'UNREGISTERED_FILE').map(({ file }) => file);
    expect(unregistered).toContain('fr_regressor_v1.onnx.data');
    expect(new Set(about(null))).toStrictEqual(new Set(['warning UNREGISTERED_FILE']));
  },
);

test.skipIf(!isHere)('its models are not loaded without a sidecar of ours', async () => {
  expect(await codeOf(() => loadVerified(REFERENCE, 'lpips_sq_v1'))).toBe('BAD_SIDECAR');
});

test.skipIf(!isHere)('exported as version 1 it is what it was, sorted', async () => {
  const { registry } = await readRegistry(REFERENCE);
  expect(findEntry(registry, 'fr_regressor_v1').license).toBe('BSD-3-Clause-Plus-Patent');
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'exported.json'), exportRegistry(registry, 1));
  const before = registry.models.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  expect((await readRegistry(join(folder, 'exported.json'))).registry).toStrictEqual({
    ...registry,
    models: before,
  });
});

test.skipIf(!isHere)('its external weights are measured, and zeroing them is detected', async () => {
  const folder = await temporaryFolder();
  for (const name of [
    'registry.json',
    'fr_regressor_v1.onnx',
    'fr_regressor_v1.onnx.data',
    'fr_regressor_v1.json',
  ])
    await copyFile(join(REFERENCE, name), join(folder, name));
  const found = async (): Promise<string[]> =>
    (await verifyRegistry({ registry: folder, ids: ['fr_regressor_v1'] })).findings
      .filter(({ severity }) => severity === 'error')
      .map(({ code, got }) => `${code} ${got}`);
  const intact = await found();
  expect(intact).toHaveLength(1);
  expect(intact[0]).toContain(
    'EXTERNAL_DATA 95.9 % of the weights (17920 of 18692 bytes) are outside the hash',
  );
  // the pinned digest does not notice: that is the reference's defect
  await writeFile(join(folder, 'fr_regressor_v1.onnx.data'), Buffer.alloc(17_920));
  expect((await found()).map((line) => line.split(' ')[0])).toStrictEqual(['EXTERNAL_DATA', 'ZERO_WEIGHTS']);
  await rm(join(folder, 'fr_regressor_v1.onnx.data'));
  expect((await found())[0]).toContain('no such file');
});
