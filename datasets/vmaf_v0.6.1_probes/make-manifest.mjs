// Writes manifest.json beside the probes: `node datasets/vmaf_v0.6.1_probes/make-manifest.mjs` after `npm run build`.
// Rows, columns and digests are read from the table; README.md has the command that made it.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';
import { formatManifest } from '../../packages/artifact/dist/dataset-manifest.js';
import { loadProbeTable } from '../../packages/table/dist/load.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const file = 'vmaf_v0.6.1_probes.parquet';
const table = await loadProbeTable({ paths: [folder + file], features: 'canonical6', teacherColumn: 'vmaf', fileDigests: true });
const { schema } = tableFromIPC(readParquet(readFileSync(folder + file)).intoIPCStream());

const manifest = {
  schema: 'vqforge-dataset-manifest-v1',
  id: 'vmaf_v0.6.1_probes',
  files: [{ path: file, sha256: table.files[0].sha256, size_bytes: statSync(folder + file).size }],
  content_digest: table.contentDigest,
  rows: table.rows,
  columns: schema.fields.map(({ name, type }) => ({ name, type: String(type).toLowerCase() })),
  sources: [],
  teacher: { column: 'vmaf', model: 'vmaf_v0.6.1' },
  license_notes: 'Numbers drawn at random with the scores that a model of libvmaf (BSD-2-Clause-Patent, Netflix) gives them; no measurement, no picture.',
  tool_versions: { vqforge: '0.1.0' },
};
writeFileSync(`${folder}manifest.json`, formatManifest(manifest));
