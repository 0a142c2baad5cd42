import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { classicMetric, evaluate, lpipsMetric, type PatchMetric } from '@vqforge/bapps';
import type { Device } from '@vqforge/runtime';
import { evaluationTable } from '../evaluation-table.ts';
import type { CommandContext } from '../command-shape.ts';
import type { EvaluateFlags } from '../commands/evaluate.ts';
import { Progress } from '../progress.ts';
import { UsageError } from '../usage-error.ts';

export async function evaluateCommand(flags: EvaluateFlags, { signal, root }: CommandContext): Promise<void> {
  const metric = await openMetric(flags, root);
  const unit = flags.datasetMode === '2afc' ? 'triplets' : 'pairs';
  const progress = new Progress({
    quiet: flags.quiet === true || flags.json === true,
    verb: 'evaluating',
    unit,
  });
  try {
    const evaluation = await evaluate({
      dataset: flags.dataset,
      mode: flags.datasetMode,
      ...(flags.datasets === undefined ? {} : { sets: flags.datasets }),
      resize: flags.resize,
      skipDamaged: flags.skipDamaged === true,
      metric,
      batchSize: flags.batchSize,
      bootstrap: { resamples: flags.resamples, seed: flags.seed },
      signal,
      progress: (done, total) => progress.update(done, total),
    });
    progress.stop();
    if (flags.output !== undefined) await save(flags.output, `${JSON.stringify(evaluation, null, 2)}\n`);
    process.stdout.write(
      flags.json === true ? `${JSON.stringify(evaluation)}\n` : `${evaluationTable(evaluation).join('\n')}\n`,
    );
  } finally {
    progress.stop();
    await metric.close();
  }
}

function openMetric(flags: EvaluateFlags, root: string): PatchMetric | Promise<PatchMetric> {
  const { model, colorspace, bugCompatible = false } = flags;
  if (model === 'l2' || model === 'ssim' || model === 'dssim') {
    if (flags.modelPath !== undefined)
      throw new UsageError(
        'USAGE',
        `--model-path is of LPIPS, and --model is ${model}; leave one of them out`,
      );
    return classicMetric({ name: model === 'l2' ? 'l2' : 'dssim', colorspace, bugCompatible });
  }
  if (bugCompatible)
    throw new UsageError(
      'USAGE',
      '--bug-compatible concerns l2 and ssim: upstream gives LPIPS the pixels as they are',
    );
  return lpipsMetric({
    baseline: model === 'baseline' || model === 'net',
    net: flags.net,
    version: flags.version,
    registry: flags.registry ?? join(root, 'model/tiny'),
    ...(flags.modelPath === undefined ? {} : { model: flags.modelPath }),
    allowUnregistered: flags.allowUnregistered === true,
    device: flags.device as Device,
    ...(flags.engine === undefined ? {} : { engine: flags.engine }),
    workers: flags.workers ?? availableParallelism(),
  });
}

async function save(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: unknown) => {
    throw new UsageError('USAGE', `--output: ${path} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  });
}
