// Writes the manifest.json of each dataset, and open9's corpus.csv: `node datasets/make-manifests.mjs` after `npm run build`.
// Rights, notes and tool versions stand here; rows, sources, columns and digests are read from the tables.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';
import { formatManifest } from '../packages/artifact/dist/dataset-manifest.js';
import { manifestText } from '../packages/corpus/dist/manifest-text.js';
import { loadFeatureTable, loadProbeTable } from '../packages/table/dist/load.js';
import { summariseTable } from '../packages/table/dist/summary.js';

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
const CODECS = { libx264: 'x264', libx265: 'x265', 'libvpx-vp9': 'vp9' };

const open9 = folderOf('open9');
const table = await writeManifest(open9, 'open9', 'open9_features.parquet', loadFeatureTable, (read) => ({
  sources: sourcesOf(read),
  license: 'Apache-2.0',
  license_notes: 'The table holds measurements of the sources, not pictures; each source is listed with its own licence and NOTICE repeats the attributions.',
  tool_versions: { libvmaf: 'f85a8536', 'vmaf_unclipped, teacher_model': 'vqforge features label 0.1.0' },
}));
writeFileSync(`${open9}corpus.csv`, corpusText(table));

// README.md of the probes has the command that made their table
await writeManifest(folderOf('vmaf_v0.6.1_probes'), 'vmaf_v0.6.1_probes', 'vmaf_v0.6.1_probes.parquet', loadProbeTable, () => ({
  sources: [],
  license_notes: 'Numbers drawn at random with the scores that a model of libvmaf (BSD-2-Clause-Patent, Netflix) gives them; no measurement, no picture.',
  tool_versions: { vqforge: '0.1.0' },
}));

function folderOf(dataset) {
  return fileURLToPath(new URL(`${dataset}/`, import.meta.url));
}

/** Writes manifest.json beside a table; `about` gives what the file does not. Returns the table. */
async function writeManifest(folder, id, file, load, about) {
  const read = await load({ paths: [folder + file], features: 'canonical6', teacherColumn: 'vmaf', fileDigests: true });
  const { schema } = tableFromIPC(readParquet(readFileSync(folder + file)).intoIPCStream());
  const manifest = {
    schema: 'vqforge-dataset-manifest-v1',
    id,
    files: [{ path: file, sha256: read.files[0].sha256, size_bytes: statSync(folder + file).size }],
    content_digest: read.contentDigest,
    rows: read.rows,
    columns: schema.fields.map(({ name, type }) => ({ name, type: String(type).toLowerCase() })),
    teacher: { column: 'vmaf', model: 'vmaf_v0.6.1' },
    ...about(read),
  };
  writeFileSync(`${folder}manifest.json`, formatManifest(manifest));
  return read;
}

function sourcesOf(read) {
  const pairs = new Map();
  read.source.codes.forEach((code, row) => {
    const name = read.source.names[code];
    pairs.set(name, (pairs.get(name) ?? new Set()).add(read.disBasename.codes[row]));
  });
  return summariseTable(read).sources.map(({ name, rows }) => ({ name, rows, pairs: pairs.get(name).size, ...RIGHTS[name] }));
}

/** The clips that open9 was measured from, for those who have them: two folders of Y4M beside corpus.csv. */
function corpusText({ rows, source, disBasename }) {
  const { rungs } = JSON.parse(readFileSync(`${open9}ladder.json`, 'utf8'));
  const keys = new Map();
  for (let row = 0; row < rows; row++) {
    const key = `${source.codes[row]}/${disBasename.codes[row]}`;
    keys.set(key, (keys.get(key) ?? 0) + 1);
  }
  const clips = [...keys].map(([key, frames]) => {
    const [sourceCode, distortedCode] = key.split('/').map(Number);
    const name = disBasename.names[distortedCode];
    const content = source.names[sourceCode];
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
  return manifestText([...clips[0].keys()], clips);
}
