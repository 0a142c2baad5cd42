import { join } from 'node:path';
import { exportRegressor } from '@vqforge/pipeline';
import { writtenLines } from '../loso-table.ts';
import type { CommandContext } from '../command-shape.ts';
import type { ExportRegressorFlags } from '../commands/export-fr-regressor.ts';

export async function exportRegressorCommand(
  flags: ExportRegressorFlags,
  { signal, root }: CommandContext,
): Promise<void> {
  const { written } = await exportRegressor({
    run: flags.run ?? join(root, 'runs', 'fr_regressor_v1'),
    parquet: flags.parquet ?? [join(root, 'datasets', 'open9', 'open9_features.parquet')],
    outputs: flags,
    root,
    signal,
  });
  process.stdout.write(
    flags.json === true ? `${JSON.stringify({ written })}\n` : `${writtenLines(written, root).join('\n')}\n`,
  );
}
