import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Publication } from '../src/publication.ts';
import { temporaryFolder } from '../../../testing/registry-models.ts';

const PUBLISHER = fileURLToPath(new URL('publisher.mjs', import.meta.url));

/** One change in a folder of its own, stopped at its `at`-th file operation. */
export interface StopTask {
  readonly folder: string;
  /** What is done with model `a`. Default: a publish. */
  readonly action?: 'publish' | 'rollback' | 'remove';
  readonly publication: Publication;
  readonly at: number;
  /** `before` and `half` (of the bytes) leave what a kill leaves; a system code is thrown. */
  readonly how: 'before' | 'half' | `E${string}`;
}

/**
 * Runs every task in one process, which then dies by SIGKILL.
 *
 * @returns per task `stopped`, an error code, or the names of the operations that the whole publish took
 */
export async function runStopped(tasks: readonly StopTask[]): Promise<string[]> {
  const child = await startPublisher({
    mode: 'stop',
    tasks: tasks.map((task) => ({ ...task, publication: encode(task.publication) })),
  });
  const { output, signal } = await finished(child);
  if (signal !== 'SIGKILL') throw new Error(`publisher ended with ${signal}: ${output}`);
  return JSON.parse(output) as string[];
}

/** A process that publishes in turn until it is done or killed. */
export function startLoop(
  folder: string,
  publications: readonly Publication[],
  count: number,
): Promise<ChildProcess> {
  return startPublisher({ mode: 'loop', folder, publications: publications.map(encode), count });
}

export function finished(
  child: ChildProcess,
): Promise<{ output: string; code: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ output, code, signal }));
  });
}

async function startPublisher(job: object): Promise<ChildProcess> {
  const path = join(await temporaryFolder(), 'job.json');
  await writeFile(path, JSON.stringify(job));
  return spawn(process.execPath, [PUBLISHER, path], { stdio: ['ignore', 'pipe', 'pipe'] });
}

function encode({ onnx, sidecar, bundle }: Publication): object {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    name: onnx.name,
    onnx: base64(onnx.bytes),
    sidecar: base64(sidecar),
    ...(bundle === undefined ? {} : { bundle: base64(bundle) }),
  };
}
