import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportRegistry, findEntry, loadVerified, readRegistry, verifyRegistry } from '../src/index.ts';
import { expect, test } from 'vitest';
import { codeOf, temporaryFolder } from './models.ts';

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
    expect(about(null)).toStrictEqual(['warning UNREGISTERED_FILE']);
    expect(findings.find(({ code }) => code === 'UNREGISTERED_FILE')?.file).toBe('fr_regressor_v1.onnx.data');
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
