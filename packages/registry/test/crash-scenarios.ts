import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, sha256 } from '@vqforge/base';
import { expect } from 'vitest';
import { registryHistory } from '../src/history/history-files.ts';
import { loadVerified } from '../src/load.ts';
import { type Publication } from '../src/publication.ts';
import { publish } from '../src/publish.ts';
import { verifyRegistry } from '../src/verify.ts';
import { contents, temporaryFolder, tinyPublication } from '../../../testing/registry-models.ts';
import { finished, runStopped, startLoop, type StopTask } from './publishers.ts';

/** More operations than any publish has. */
const NEVER = 1000;

export interface Scenario {
  readonly prepare: (folder: string) => Promise<unknown>;
  readonly publication: Publication;
}

const OLD: Publication = { ...tinyPublication('a', 1), bundle: Buffer.from('{}') };
const NEW: Publication = tinyPublication('a', 2);

/** Folders before the publish: empty, with a signed older version of the model, with another model. */
export const scenarios: Record<'first' | 'signed' | 'second', Scenario> = {
  first: { prepare: () => Promise.resolve(), publication: NEW },
  signed: { prepare: (registry) => publish({ registry, ...OLD }), publication: NEW },
  second: { prepare: (registry) => publish({ registry, ...tinyPublication('b', 1) }), publication: NEW },
};

/** What a reader sees of model `a`: the version that is pinned, after everything in the folder was verified. */
async function stateOf(folder: string): Promise<'nothing' | 'old' | 'new'> {
  const before = await contents(folder);
  let model;
  try {
    const { findings } = await verifyRegistry({ registry: folder });
    const torn = findings.filter(({ severity }) => severity === 'error');
    if (torn.length > 0) throw new Error(`torn: ${JSON.stringify(torn)}`);
    model = await loadVerified(folder, 'a');
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      ['MISSING_REGISTRY', 'UNKNOWN_ID'].includes(String(error.code))
    ) {
      return 'nothing';
    }
    throw error;
  } finally {
    expect(await contents(folder)).toStrictEqual(before);
  }
  return Buffer.from(model.onnx).equals(NEW.onnx.bytes) ? 'new' : 'old';
}

/** A later publisher finishes or forgets what is left: no working file remains, and readers see no difference. */
async function expectRecovery(folder: string, state: string): Promise<void> {
  await publish({ registry: folder, ...tinyPublication('later', 1) });
  expect(await stateOf(folder)).toBe(state);
  expect(await workingFiles(folder)).toStrictEqual([]);
  expect((await verifyRegistry({ registry: folder })).findings).toStrictEqual([]);
}

/**
 * One task per file operation of the scenario's publish, each in a copy of its folder; `half` only where there is
 * something to halve.
 */
async function tasksOf(
  { prepare, publication }: Scenario,
  hows: readonly StopTask['how'][],
): Promise<(StopTask & { readonly operation: string })[]> {
  const template = await temporaryFolder();
  await prepare(template);
  const copy = async (): Promise<string> => {
    const folder = await temporaryFolder();
    await cp(template, folder, { recursive: true });
    return folder;
  };
  const [operations] = await runStopped([{ folder: await copy(), publication, at: NEVER, how: 'before' }]);
  const tasks = [];
  for (const how of hows) {
    for (const [index, operation] of (operations ?? '').split(' ').entries()) {
      if (how === 'half' && operation !== 'createFile') continue;
      tasks.push({ folder: await copy(), publication, at: index + 1, how, operation });
    }
  }
  return tasks;
}

/** Killed at every operation: one instant separates the old state from the new, and recovery keeps either. */
export async function killEverywhere(scenario: Scenario): Promise<number> {
  const tasks = await tasksOf(scenario, ['before', 'half']);
  const outcomes = await runStopped(tasks);
  expect(new Set(outcomes)).toStrictEqual(new Set(['stopped']));
  const states = [];
  for (const { folder } of tasks) states.push(await stateOf(folder));
  const whole = states.filter((_, index) => tasks[index]?.how === 'before');
  expect(whole.join()).toMatch(/^(nothing,)+(new,?)+$|^(old,)+(new,?)+$/);
  const half = states.filter((_, index) => tasks[index]?.how === 'half');
  expect(new Set(half)).toStrictEqual(new Set([states[0]]));
  for (const [index, { folder }] of tasks.entries()) await expectRecovery(folder, states[index] ?? '');
  return tasks.length;
}

/**
 * Killed just before or just after the commit, which leaves the most behind; then the publisher that recovers is
 * killed at every operation, too.
 */
export async function killRecoveryEverywhere(scenario: Scenario, when: 'before' | 'after'): Promise<number> {
  const tasks = await tasksOf(scenario, ['before']);
  const commit = tasks.findIndex(({ operation }) => operation === 'commit');
  const first = tasks[when === 'before' ? commit : commit + 1];
  if (first === undefined) throw new Error('a publish without a commit');
  await runStopped([first]);
  const state = await stateOf(first.folder);
  expect(state === 'new').toBe(when === 'after');
  const again = await tasksOf(
    {
      prepare: (copy) => cp(first.folder, copy, { recursive: true }),
      publication: tinyPublication('c', 1),
    },
    ['before'],
  );
  await runStopped(again);
  for (const { folder } of again) {
    expect(await stateOf(folder)).toBe(state);
    await expectRecovery(folder, state);
  }
  return 1 + again.length;
}

/** A system call that fails instead of a kill: a coded error, and the state that the code promises. */
export async function failEverywhere(scenario: Scenario, how: `E${string}`): Promise<number> {
  const tasks = await tasksOf(scenario, [how]);
  const outcomes = await runStopped(tasks);
  for (const [index, { folder }] of tasks.entries()) {
    const state = await stateOf(folder);
    // releasing the lock may fail unnoticed: the next publisher sees that its owner is gone
    const expected = state === 'new' ? /^COMMITTED_NOT_APPLIED$|^createFile .* removeFile$/ : /^UNWRITABLE$/;
    expect(outcomes[index]).toMatch(expected);
    await expectRecovery(folder, state);
  }
  return tasks.length;
}

/** Kills a publisher that alternates between two versions, `pauses[n]` milliseconds after its first publish. */
export async function killAtPauses(
  folder: string,
  pauses: readonly number[],
): Promise<{ withLeftovers: number }> {
  await publish({ registry: folder, ...OLD });
  let withLeftovers = 0;
  for (const pause of pauses) {
    const child = await startLoop(folder, [NEW, OLD], 10_000);
    const end = finished(child);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, pause));
    child.kill('SIGKILL');
    await end;
    expect(['old', 'new']).toContain(await stateOf(folder));
    if ((await workingFiles(folder)).length > 0) withLeftovers++;
  }
  await expectRecovery(folder, await stateOf(folder));
  return { withLeftovers };
}

/** `processes` publishers, each with `count` models of its own, while a reader verifies the folder. */
export async function publishTogether(
  registry: string,
  processes: number,
  count: number,
): Promise<{ reads: number }> {
  await publish({ registry, ...tinyPublication('a', 1) });
  const idsOf = (process: number): string[] =>
    Array.from({ length: count }, (_, index) => `p${process}_${String(index).padStart(2, '0')}`);
  const publishers = await Promise.all(
    Array.from({ length: processes }, (_, process) =>
      startLoop(
        registry,
        idsOf(process).map((id) => tinyPublication(id, 1)),
        count,
      ),
    ),
  );
  const state = { isRunning: true, reads: 0 };
  const ends = Promise.all(publishers.map(finished)).finally(() => (state.isRunning = false));
  try {
    while (state.isRunning) {
      const { findings } = await verifyRegistry({ registry });
      expect(findings.filter(({ severity }) => severity === 'error')).toStrictEqual([]);
      await loadVerified(registry, 'a');
      state.reads++;
    }
  } finally {
    if (state.isRunning) for (const publisher of publishers) publisher.kill('SIGKILL');
  }
  for (const { code, output } of await ends) if (code !== 0) throw new Error(output);
  const report = await verifyRegistry({ registry });
  expect(report.findings).toStrictEqual([]);
  expect(report.verified).toStrictEqual([
    'a',
    ...Array.from({ length: processes }, (_, index) => idsOf(index)).flat(),
  ]);
  return { reads: state.reads };
}

async function workingFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('.registry-'));
}

/**
 * A workspace with two versions of model `a`, the older one replaced, each with evidence; and what each version is: every
 * file outside the history.
 */
async function workspaceOfTwo(): Promise<{ root: string; older: string; newer: string }> {
  const root = await temporaryFolder();
  const registry = join(root, 'model/tiny');
  await mkdir(registry, { recursive: true });
  await publish({ registry, ...tinyPublication('b', 1) });
  const states: string[] = [];
  for (const publication of [OLD, NEW]) {
    await publish({ registry, ...publication });
    await mkdir(join(root, 'runs/a'), { recursive: true });
    const artifacts = { onnx: sha256(publication.onnx.bytes) };
    await writeFile(join(root, 'runs/a/metrics.json'), canonicalJson({ artifacts }));
    await writeFile(join(root, 'runs/a/predictions.parquet'), artifacts.onnx);
    states.push(await workspaceState(root));
  }
  return { root, older: states[0] as string, newer: states[1] as string };
}

async function workspaceState(root: string): Promise<string> {
  const files = Object.entries(await contents(root));
  return JSON.stringify(
    files.filter(([path]) => !path.includes('.history/') && !path.includes('/.registry-')),
  );
}

/**
 * A rollback or removal killed at every operation: readers see the old state or the new, and the next change leaves every
 * file of registry and evidence as one of the two, and the replaced version in the history.
 */
export async function killHistoryEverywhere(action: 'rollback' | 'remove'): Promise<number> {
  const { root, older, newer } = await workspaceOfTwo();
  const copy = async (): Promise<string> => {
    const folder = await temporaryFolder();
    await cp(root, folder, { recursive: true });
    return folder;
  };
  const task = { action, publication: NEW, how: 'before' } as const;
  const whole = await copy();
  const [operations = ''] = await runStopped([{ ...task, folder: whole, at: NEVER }]);
  const after = await workspaceState(whole);
  expect(after === older).toBe(action === 'rollback');
  const tasks: StopTask[] = [];
  for (const index of operations.split(' ').keys())
    tasks.push({ ...task, folder: await copy(), at: index + 1 });
  expect(new Set(await runStopped(tasks))).toStrictEqual(new Set(['stopped']));
  const seen: string[] = [];
  for (const { folder } of tasks) {
    const registry = join(folder, 'model/tiny');
    const torn = (await verifyRegistry({ registry })).findings.filter(({ severity }) => severity === 'error');
    expect(torn).toStrictEqual([]);
    // nothing is published anew: that only recovers
    await publish({ registry, ...tinyPublication('b', 1) });
    const state = await workspaceState(folder);
    expect([newer, after]).toContain(state);
    seen.push(state === newer ? 'old' : 'new');
    expect(await workingFiles(registry)).toStrictEqual([]);
    const kept = (await registryHistory({ registry, id: 'a' })).filter(({ isCurrent }) => !isCurrent);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.flatMap(({ problems }) => problems)).toStrictEqual([]);
  }
  expect(seen.join()).toMatch(/^(old,)+(new,?)+$/);
  return tasks.length;
}
