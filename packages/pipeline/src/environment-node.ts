import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { arch, availableParallelism, cpus, platform, release } from 'node:os';
import { promisify } from 'node:util';
import type { EngineName, EnvironmentDocument, Parity } from '@vqforge/artifact';

/** Libraries that computed something of a retraining. */
const LIBRARIES = ['onnxruntime-node', 'onnxruntime-web', 'parquet-wasm', 'simple-statistics'];

/** Machine facts of a run: no user name, no host name, no path. */
export async function environmentDocument(
  run: {
    readonly engine: EngineName;
    readonly workers: number;
    readonly timings: Readonly<Record<string, number>>;
    readonly nativeParity: Parity<'native'> | null;
  },
  root: string,
): Promise<EnvironmentDocument> {
  const commit = await git(root, 'rev-parse', 'HEAD');
  const status = commit === null ? null : await git(root, 'status', '--porcelain');
  return {
    schema: 'vqforge-environment-v1',
    cpu: { model: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism() },
    os: { platform: platform(), release: release(), arch: arch() },
    node: process.version,
    libraries: Object.fromEntries(
      LIBRARIES.flatMap((name) => libraryVersion(name).map((version) => [name, version] as const)),
    ),
    commit,
    dirty: status === null ? null : status !== '',
    engine: run.engine,
    workers: run.workers,
    timings_ms: Object.fromEntries(Object.entries(run.timings).map(([phase, ms]) => [phase, Math.round(ms)])),
    native_parity: run.nativeParity,
  };
}

async function git(root: string, ...args: string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['--no-optional-locks', '-C', root, ...args], {
      timeout: 5000,
    });
    return stdout.trim();
  } catch {
    return null;
  }
}

/** None where the library is not installed. Read from its folder, as some packages do not export their package.json. */
function libraryVersion(name: string): string[] {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      const { version } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as {
        version: string;
      };
      return [version];
    } catch {
      // not in this folder: the next one up
    }
  }
  return [];
}
