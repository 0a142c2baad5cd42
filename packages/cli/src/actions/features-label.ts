import { counted } from '@vqforge/base';
import { labelTable, writeProbes, type Labelled } from '@vqforge/pipeline';
import { fileDigest } from '@vqforge/weights';
import type { FeaturesLabelFlags, FeaturesProbeFlags } from '../commands/features.ts';
import { printResult } from '../terminal-text.ts';
import { weightsCache } from '../workspace-defaults.ts';

/** `vqforge features label`: adds the scores of a teacher to a table. */
export async function labelCommand(table: string, flags: FeaturesLabelFlags): Promise<void> {
  const { teacher, out, force = false } = flags;
  const cache = weightsCache(flags.cache);
  await report(flags, await labelTable({ table, teacher, out, cache, force }), 'row');
}

/** `vqforge features probe`: draws features at random and labels them. */
export async function probeCommand(flags: FeaturesProbeFlags): Promise<void> {
  const { teacher, out, rows, seed, force = false } = flags;
  const cache = weightsCache(flags.cache);
  const written = await writeProbes({ teacher, out, rows, seed, cache, force });
  await report(flags, written, 'probe');
}

async function report(
  { out, quiet, ...flags }: Pick<FeaturesLabelFlags, 'out' | 'json' | 'quiet'>,
  { rows, model }: Labelled,
  noun: string,
): Promise<void> {
  const sha256 = await fileDigest(out);
  const lines = [`${out}: ${counted(rows, noun)}, teacher ${model}`, `sha256 ${sha256}`];
  printResult(flags, { table: out, rows, teacher_model: model, sha256 }, quiet === true ? [] : lines);
}
