// Writes manifest.json and corpus.csv beside the table: `node datasets/open9/make-manifest.mjs` after `npm run build`.
// Rights and tool versions stand here; rows, sources, columns and digests are read from the table.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { manifestText } from '../../packages/corpus/dist/manifest-text.js';
import { fileURLToPath } from 'node:url';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';
import { formatManifest } from '../../packages/artifact/dist/dataset-manifest.js';
import { loadFeatureTable } from '../../packages/table/dist/load.js';
import { summariseTable } from '../../packages/table/dist/summary.js';

const BLENDER = { license: 'CC-BY-3.0', attribution: '© 2008 Blender Foundation, www.bigbuckbunny.org', url: 'https://peach.blender.org' };
const MDN = { license: 'CC0-1.0', attribution: 'MDN interactive-examples media' };
const INTEL = { license: 'CC-BY-4.0', attribution: 'intel-iot-devkit/sample-videos' };
const RIGHTS = {
  BigBuckBunny: BLENDER,
  Bottles: INTEL,
  Cars: INTEL,
  Cockatoo: { license: 'NOASSERTION', attribution: 'imageio-binaries sample video; upstream states no licence, only measurements are used here' },
  Flower: MDN,
  Friday: MDN,
  Pedestrian: INTEL,
  Signing: INTEL,
  StreamOfWater: MDN,
};

const folder = fileURLToPath(new URL('.', import.meta.url));
const file = 'open9_features.parquet';
const table = await loadFeatureTable({ paths: [folder + file], features: 'canonical6', teacherColumn: 'vmaf', fileDigests: true });
const { schema } = tableFromIPC(readParquet(readFileSync(folder + file)).intoIPCStream());
const pairs = new Map();
table.source.codes.forEach((code, row) => {
  const name = table.source.names[code];
  pairs.set(name, (pairs.get(name) ?? new Set()).add(table.disBasename.codes[row]));
});

const manifest = {
  schema: 'vqforge-dataset-manifest-v1',
  id: 'open9',
  files: [{ path: file, sha256: table.files[0].sha256, size_bytes: statSync(folder + file).size }],
  content_digest: table.contentDigest,
  rows: table.rows,
  columns: schema.fields.map(({ name, type }) => ({ name, type: String(type).toLowerCase() })),
  sources: summariseTable(table).sources.map(({ name, rows }) => ({ name, rows, pairs: pairs.get(name).size, ...RIGHTS[name] })),
  teacher: { column: 'vmaf', model: 'vmaf_v0.6.1' },
  license: 'Apache-2.0',
  license_notes: 'The table holds measurements of the sources, not pictures; each source is listed with its own licence and NOTICE repeats the attributions.',
  tool_versions: { libvmaf: 'f85a8536', 'vmaf_unclipped, teacher_model': 'vqforge features label 0.1.0' },
};
writeFileSync(`${folder}manifest.json`, formatManifest(manifest));

// the clips that the table was measured from, for those who have them: two folders of Y4M beside corpus.csv
const { rungs } = JSON.parse(readFileSync(`${folder}ladder.json`, 'utf8'));
const keys = new Map();
for (let row = 0; row < table.rows; row++) {
  const key = `${table.source.codes[row]}/${table.disBasename.codes[row]}`;
  keys.set(key, (keys.get(key) ?? 0) + 1);
}
const CODECS = { libx264: 'x264', libx265: 'x265', 'libvpx-vp9': 'vp9' };
const clips = [...keys].map(([key, frames]) => {
  const [source, distorted] = key.split('/').map(Number);
  const name = table.disBasename.names[distorted];
  const content = table.source.names[source];
  const [, label, height, kbps] = /_(\d)0_(\d+)_(\d+)\.y4m$/.exec(name);
  const rung = rungs[label - 1];
  const { license, attribution, url = '' } = RIGHTS[content];
  return new Map(
    Object.entries({
      source: content,
      reference: `references/${content}.y4m`,
      distorted: `distorted/${name}`,
      codec: CODECS[rung.codec],
      rung: rung.name,
      crf: String(rung.crf),
      encoded_height: height,
      kbps,
      frames: String(frames),
      license,
      attribution,
      url,
    }),
  );
});
writeFileSync(`${folder}corpus.csv`, manifestText([...clips[0].keys()], clips));
