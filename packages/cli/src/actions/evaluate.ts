import { defined } from '@vqforge/base';
import { availableParallelism } from 'node:os';
import { formatEvaluation } from '@vqforge/artifact';
import { writeDocuments } from '@vqforge/artifact/node';
import { classicMetric, evaluate, lpipsMetric, type PatchMetric } from '@vqforge/bapps';
import type { Device } from '@vqforge/runtime';
import { requireDocumentOutputs } from '../document-outputs.ts';
import { evaluationTable } from '../evaluation-table.ts';
import type { CommandContext } from '../command-shape.ts';
import type { EvaluateFlags } from '../commands/evaluate.ts';
import { Progress } from '../progress.ts';
import { printResult } from '../terminal-text.ts';
import { UsageError } from '../usage-error.ts';

/** `vqforge evaluate`: prints the agreement of a metric with judgements. */
export async function evaluateCommand(
  flags: EvaluateFlags,
  { signal, place }: CommandContext,
): Promise<void> {
  const registry = place.registry(flags.registry);
  if (flags.output !== undefined)
    await requireDocumentOutputs([{ path: flags.output, flag: '--output', kind: 'json' }], {
      inputs: [flags.dataset, ...(flags.modelPath === undefined ? [] : [flags.modelPath])],
      registries: [registry],
      runs: place.runs,
      force: flags.force === true,
    });
  const metric = await openMetric(flags, registry);
  const unit = flags.datasetMode === '2afc' ? 'triplets' : 'pairs';
  const progress = new Progress(flags, 'evaluating', unit);
  try {
    const evaluation = await evaluate({
      dataset: flags.dataset,
      mode: flags.datasetMode,
      ...defined({ sets: flags.datasets }),
      resize: flags.resize,
      skipDamaged: flags.skipDamaged === true,
      metric,
      batchSize: flags.batchSize,
      bootstrap: { resamples: flags.resamples, seed: flags.seed },
      signal,
      progress: (done, total) => progress.update(done, total),
    });
    progress.stop();
    if (flags.output !== undefined)
      await writeDocuments([{ path: flags.output, text: formatEvaluation(evaluation) }]);
    printResult(flags, evaluation, evaluationTable(evaluation));
  } finally {
    progress.stop();
    await metric.close();
  }
}

function openMetric(flags: EvaluateFlags, registry: string): PatchMetric | Promise<PatchMetric> {
  const { model, colorspace, bugCompatible = false } = flags;
  if (model === 'l2' || model === 'ssim' || model === 'dssim') {
    if (flags.modelPath !== undefined)
      throw new UsageError(`--model-path is of LPIPS, and --model is ${model}; leave one of them out`);
    return classicMetric({ name: model === 'l2' ? 'l2' : 'dssim', colorspace, bugCompatible });
  }
  if (bugCompatible)
    throw new UsageError(
      '--bug-compatible concerns l2 and ssim: upstream gives LPIPS the pixels as they are',
    );
  return lpipsMetric({
    baseline: model === 'baseline' || model === 'net',
    net: flags.net,
    version: flags.version,
    registry,
    allowUnregistered: flags.allowUnregistered === true,
    device: flags.device as Device,
    ...defined({ model: flags.modelPath, engine: flags.engine }),
    workers: flags.workers ?? availableParallelism(),
  });
}
