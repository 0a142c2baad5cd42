// Lies about the models of this repository, consistent as a forger would make them. Each leaf of metrics, sidecars, entries and
// dataset manifests is left out and changed: alone, and together with every leaf that says the same in another document. Then every
// digest that pins what was changed is made to fit. The audit must find each, beside the model card, which a forger would write
// anew. What follows from nothing here is listed below, as docs/provenance.md lists it: nothing else may stay unseen, and nothing
// that is listed may be found. LPIPS models are lied about where their files are here.
// node tools/long/forgeries.mjs [kinds joined by commas, all] [seed, 1] [changes of each leaf, 3 of 5]
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit } from '@vqforge/audit';
import { canonicalJson, sha256 } from '@vqforge/base';
import { root } from '../lib/check.mjs';
import { generator } from '../lib/generator.mjs';

const REGISTRY = 'model/tiny/registry.json';
const PREDICTIONS = 'runs/fr_regressor_v1/predictions.parquet';
const FILES = {
  metrics: 'runs/fr_regressor_v1/metrics.json',
  table: 'datasets/open9/manifest.json',
  probes: 'datasets/vmaf_v0.6.1_probes/manifest.json',
};
const REGRESSOR = 'fr_regressor_v1';
const BITS = 40;

/** What follows from nothing here: leaves of which some change cannot be seen. */
const UNSEEN = [
  // words for types, which differ between versions, and what a dataset's author says of the world
  /^(table|probes)\.(columns\.\d+\.type|license|license_notes|tool_versions|sources\.\d+\.(license|attribution|url))/,
  // rounding; and how far off the network was where its graph clipped, which is known to be at least so far
  /\.unclipped_rmse: near$|per_fold\.[A-Za-z]+\.unclipped_rmse: far$/,
  // how the run was started, and where its table lay: provenance verify looks there
  /^metrics\.run_provenance\.(argv|inputs\.parquet\.\d+\.path)/,
  // in all documents at once: what asked for something that changed nothing, who asked, and the parity within its tolerance
  /\+ .*(ship_threshold|drop_invalid|entrypoint\.(command|package|version)|parity\.max_abs_error)/,
  // then it is a sidecar of another dialect, which says nothing: a warning, and an error by policy
  /^sidecar \S+\.task: left out$/,
  // of LPIPS: the pairs of its parity, the version that exported it, whether it is shipped
  /^sidecar vmaf_tiny_lpips\S+\.(parity\.(n|max_abs_error|tolerance)|run_provenance\.entrypoint)|^entry vmaf_tiny_lpips\S+\.shipped/,
];

const [wanted = '', seed = '1', ways = '3'] = process.argv.slice(2);
const random = generator(Number(seed));
const pick = (list) => list[Math.floor(random() * list.length)];
const folder = mkdtempSync(join(tmpdir(), 'vqforge-forgeries-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const name of ['model', 'datasets', `runs/${REGRESSOR}`])
  cpSync(join(root, name), join(folder, name), { recursive: true });

const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const entries = read(REGISTRY).models.filter(({ onnx }) => existsSync(join(root, 'model/tiny', onnx)));
const sidecarPath = ({ onnx }) => `model/tiny/${onnx.replace('.onnx', '.json')}`;
if (entries.length < 3) console.log('LPIPS models are not all here: skipped; vqforge regenerate makes them');

/** What a change does to a leaf; it may leave it as it is. */
const CHANGES = {
  'left out': ({ parent, key }) =>
    Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key],
  near: ({ parent, key }) => (parent[key] = near(parent[key])),
  far: ({ parent, key }) => (parent[key] = far(parent[key])),
  empty: ({ parent, key }) =>
    (parent[key] = typeof parent[key] === 'string' ? '' : typeof parent[key] === 'number' ? 0 : []),
  null: ({ parent, key }) => (parent[key] = null),
};

const clean = await errors();
if (clean.length > 0) throw new Error(`the tree is not clean: ${clean.join('; ')}`);
const distances = entries.filter(({ id }) => id !== REGRESSOR);
const kinds = {
  metrics: () => alone('metrics'),
  table: () => alone('table'),
  probes: () => alone('probes'),
  ...Object.fromEntries(
    entries.flatMap(({ id }) => [`sidecar ${id}`, `entry ${id}`].map((name) => [name, () => alone(name)])),
  ),
  'all documents': () => together([...Object.keys(FILES), `sidecar ${REGRESSOR}`, `entry ${REGRESSOR}`]),
  ...Object.fromEntries(
    distances.map(({ id }) => [`both documents of ${id}`, () => together([`sidecar ${id}`, `entry ${id}`])]),
  ),
};
let [tried, hidden, failed] = [0, 0, 0];
for (const [kind, lies] of Object.entries(kinds)) {
  if (wanted !== '' && !wanted.split(',').includes(kind)) continue;
  const before = { tried, hidden, failed };
  for (const { what, parts } of lies()) {
    tried++;
    writeAll(parts);
    const isSeen = (await errors()).length > 0;
    restore();
    if (isSeen) continue;
    if (UNSEEN.some((known) => known.test(what))) hidden++;
    else {
      failed++;
      console.log(`  unseen: ${what}`);
    }
  }
  console.log(
    `${kind}: ${tried - before.tried} lies, ${hidden - before.hidden} that nothing tells, ${failed - before.failed} unseen`,
  );
}
if (wanted === '' || wanted.split(',').includes('predictions')) {
  for (let bit = 0; bit < BITS; bit++) {
    const bytes = readFileSync(join(root, PREDICTIONS));
    const at = Math.floor(random() * bytes.length);
    bytes[at] ^= 1 << Math.floor(random() * 8);
    writeFileSync(join(folder, PREDICTIONS), bytes);
    writeAll(documents(), [[sha256(readFileSync(join(root, PREDICTIONS))), sha256(bytes)]]);
    if ((await errors()).length === 0) {
      failed++;
      console.log(`  unseen: a bit of byte ${at} of the predictions`);
    }
    restore();
    tried++;
  }
}
console.log(
  `seed ${seed}: ${tried} lies, ${tried - hidden - failed} found, ${hidden} that nothing tells, ${failed} problems`,
);
process.exitCode = failed > 0 ? 1 : 0;

/** The documents of which a forger may change leaves, by name. */
function documents() {
  const parts = Object.fromEntries(Object.entries(FILES).map(([name, path]) => [name, read(path)]));
  for (const entry of read(REGISTRY).models.filter(({ id }) => entries.some((other) => other.id === id))) {
    parts[`entry ${entry.id}`] = entry;
    parts[`sidecar ${entry.id}`] = read(sidecarPath(entry));
  }
  return parts;
}

/** Writes all documents, digests of what was changed in the place of what they were. */
function writeAll(parts, repinned = []) {
  const digests = [...repinned];
  const write = (path, document) => {
    const text = digests.reduce((all, [from, to]) => all.replaceAll(from, to), canonicalJson(document));
    writeFileSync(join(folder, path), text);
    return sha256(Buffer.from(text));
  };
  for (const entry of entries)
    digests.push([entry.sidecar_sha256, write(sidecarPath(entry), parts[`sidecar ${entry.id}`])]);
  const registry = read(REGISTRY);
  registry.models = registry.models.map((entry) => parts[`entry ${entry.id}`] ?? entry);
  write(REGISTRY, registry);
  for (const [name, path] of Object.entries(FILES)) write(path, parts[name]);
}

function restore() {
  for (const path of [REGISTRY, PREDICTIONS, ...Object.values(FILES), ...entries.map(sidecarPath)])
    cpSync(join(root, path), join(folder, path));
}

/** Errors of the audit that are not about a card; what cannot be read at all is one. */
async function errors() {
  try {
    const { findings } = await audit({ root: folder, today: '2026-01-01' });
    return findings
      .filter(({ severity, file }) => severity === 'error' && !file.endsWith('.md'))
      .map(({ code, file }) => `${code} ${file}`);
  } catch (error) {
    return [error.code ?? error.message];
  }
}

/** Each leaf of one document, changed on its own. */
function* alone(name) {
  yield* liesAbout([name], ({ path }) => path);
}

/** Each fact of some documents, changed wherever it stands: the same value, of the same name where the value alone tells little. */
function* together(names) {
  yield* liesAbout(names, ({ key, path, value }) => {
    const isTelling = typeof value === 'string' ? value.length > 8 : !Number.isInteger(value ?? 0);
    return JSON.stringify(
      isTelling ? value : [/^\d+$/.test(key) ? path.split('.').slice(-2).join('.') : key, value],
    );
  });
}

function* liesAbout(names, factOf) {
  const leavesIn = (parts) => names.flatMap((name) => [...leavesOf(parts[name], name)]);
  for (const fact of new Set(leavesIn(documents()).map(factOf))) {
    for (const [change, apply] of drawn(Object.entries(CHANGES), Number(ways))) {
      const parts = documents();
      const leaves = leavesIn(parts).filter((leaf) => factOf(leaf) === fact);
      const before = JSON.stringify(parts);
      // from the end, so that places in lists hold
      let first;
      for (const leaf of leaves.reverse()) {
        if (change === 'near' || change === 'far') leaf.parent[leaf.key] = first ??= apply(leaf);
        else apply(leaf);
      }
      if (JSON.stringify(parts) === before) continue;
      yield {
        what: `${leaves
          .map(({ path }) => path)
          .reverse()
          .join(' + ')}: ${change}`,
        parts,
      };
    }
  }
}

function drawn(list, count) {
  const left = [...list];
  while (left.length > count) left.splice(Math.floor(random() * left.length), 1);
  return left;
}

function* leavesOf(value, path) {
  for (const [key, child] of Object.entries(value)) {
    const at = `${path}.${key}`;
    if (typeof child === 'object' && child !== null && Object.keys(child).length > 0)
      yield* leavesOf(child, at);
    else yield { parent: value, key, path: at, value: child };
  }
}

function near(value) {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return `${value}x`;
  if (typeof value === 'number') return Number.isInteger(value) ? value + 1 : value * (1 + 1e-4);
  return Array.isArray(value) ? ['x'] : value === null ? 0 : { x: 1 };
}

function far(value) {
  if (typeof value === 'string')
    return /^[a-f0-9]{64}$/.test(value)
      ? value.replace(/.$/, (c) => (c === '0' ? '1' : '0'))
      : value.slice(1);
  if (typeof value === 'number')
    return Number.isInteger(value) ? Math.max(0, value - pick([1, 7])) : value * pick([0.9, 1.1, -1]);
  return value === null ? 'x' : near(value);
}
