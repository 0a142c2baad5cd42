// Lies about the pinned regressor, made from seeds and consistent as a forger would make them: one fact of its metrics, sidecar or
// entry is changed, then every digest that pins what was changed is made to fit. The audit must find each, beside the model card,
// which a forger would write anew. What only training again can tell is listed with its number (docs/provenance.md).
// node tools/long/forgeries.mjs [lies of each kind, 60] [seed, 1]
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit } from '@vqforge/audit';
import { canonicalJson, sha256 } from '@vqforge/base';
import { root } from '../lib/check.mjs';

const [lies = 60, seed = 1] = process.argv.slice(2).map(Number);
const ID = 'fr_regressor_v1';
const REGISTRY = 'model/tiny/registry.json';
const SIDECAR = `model/tiny/${ID}.json`;
/** An entry need not say it; the graph does. */
const OPTIONAL = '.opset left out';
/** What only training again can tell: `audit --retrain-folds`, `regenerate --check`. */
const TRAINING_TELLS =
  /^\.((loso\.per_fold\..+|in_sample)\.unclipped_rmse|lr|batch_size|weight_decay|warnings)/;
const CARD = `model/tiny/${ID}.md`;
const METRICS = `runs/${ID}/metrics.json`;

const folder = mkdtempSync(join(tmpdir(), 'vqforge-forgeries-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const name of ['model', 'datasets', `runs/${ID}`])
  cpSync(join(root, name), join(folder, name), { recursive: true });

let state = seed >>> 0;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const pick = (list) => list[Math.floor(random() * list.length)];
const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const write = (path, document) => {
  const text = canonicalJson(document);
  writeFileSync(join(folder, path), text);
  return sha256(Buffer.from(text));
};

const kinds = {
  metrics: () => forged(METRICS, () => undefined),
  sidecar: () =>
    forged(SIDECAR, (digest) => {
      write(
        REGISTRY,
        changed(read(REGISTRY), (entry) => (entry.sidecar_sha256 = digest)),
      );
      const metrics = read(METRICS);
      metrics.artifacts.sidecar = digest;
      write(METRICS, metrics);
    }),
  entry: () => {
    const registry = read(REGISTRY);
    const lie = lied(registry.models.find(({ id }) => id === ID));
    write(REGISTRY, registry);
    return lie;
  },
  predictions: () => {
    const bytes = readFileSync(join(root, `runs/${ID}/predictions.parquet`));
    const at = Math.floor(random() * bytes.length);
    bytes[at] ^= 1 << Math.floor(random() * 8);
    writeFileSync(join(folder, `runs/${ID}/predictions.parquet`), bytes);
    const metrics = read(METRICS);
    metrics.artifacts.predictions = sha256(bytes);
    write(METRICS, metrics);
    return `bit of byte ${at}`;
  },
};

const clean = await errors();
if (clean.length > 0) throw new Error(`the tree is not clean: ${clean.join('; ')}`);
let missed = 0;
for (const [kind, forge] of Object.entries(kinds)) {
  const unseen = new Map();
  let slowest = 0;
  for (let count = 0; count < lies; count++) {
    const lie = forge();
    const before = process.cpuUsage();
    const found = await errors();
    const { user, system } = process.cpuUsage(before);
    slowest = Math.max(slowest, (user + system) / 1e6);
    if (found.length === 0 && lie !== OPTIONAL && !(kind === 'metrics' && TRAINING_TELLS.test(lie)))
      unseen.set(lie, (unseen.get(lie) ?? 0) + 1);
    restore();
  }
  missed += unseen.size;
  console.log(
    `${kind}: ${lies} lies, ${unseen.size} unseen; slowest audit ${slowest.toFixed(1)} s of processor time`,
  );
  for (const lie of unseen.keys()) console.log(`  unseen: ${kind} ${lie}`);
}
process.exitCode = missed > 0 ? 1 : 0;

/** Errors of the audit that are not about the card; what cannot be read at all is one. */
async function errors() {
  try {
    const { findings } = await audit({ root: folder, today: '2026-01-01' });
    return findings
      .filter(({ severity, file }) => severity === 'error' && file !== CARD)
      .map(({ code, file }) => `${code} ${file}`);
  } catch (error) {
    return [error.code ?? error.message];
  }
}

function restore() {
  for (const path of [REGISTRY, SIDECAR, METRICS, `runs/${ID}/predictions.parquet`])
    cpSync(join(root, path), join(folder, path));
}

function forged(path, repin) {
  const document = read(path);
  const lie = lied(document);
  repin(write(path, document));
  return lie;
}

function changed(registry, change) {
  change(registry.models.find(({ id }) => id === ID));
  return registry;
}

/** Changes one leaf, or leaves one out. @returns what was done */
function lied(document) {
  const leaves = [...leavesOf(document)];
  const { parent, key, path } = pick(leaves);
  const value = parent[key];
  if (!Array.isArray(parent) && random() < 0.15) {
    delete parent[key];
    return `${path} left out`;
  }
  do parent[key] = lieAbout(value);
  while (parent[key] === value);
  return `${path}: ${JSON.stringify(value)?.slice(0, 40)} → ${JSON.stringify(parent[key]).slice(0, 40)}`;
}

function* leavesOf(value, path = '') {
  for (const [key, child] of Object.entries(value)) {
    const at = `${path}.${key}`;
    if (typeof child === 'object' && child !== null) yield* leavesOf(child, at);
    else yield { parent: value, key, path: at };
  }
}

function lieAbout(value) {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string')
    return pick([
      `${value}x`,
      value.slice(1),
      value.replace(/[a-f0-9](?=[a-f0-9]*$)/, (c) => (c === '0' ? '1' : '0')),
    ]);
  if (value === null) return pick([0, 'x', true]);
  if (Number.isInteger(value)) return value + pick([1, -1, 10]);
  return value * pick([1.001, 0.9, 1 + 1e-4, -1]);
}
