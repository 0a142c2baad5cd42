import { join } from 'node:path';
import { exportRegressor } from '@vqforge/pipeline';
import { printResult, writtenLines } from '../terminal-text.ts';
import { defaultTable, ownOutputs } from '../workspace-defaults.ts';
import type { CommandContext } from '../command-shape.ts';
import type { ExportRegressorFlags } from '../commands/export.ts';

/** `vqforge export fr-regressor`: exports and pins the checkpoint of a run. */
export async function exportRegressorCommand(
  flags: ExportRegressorFlags,
  { signal, place }: CommandContext,
): Promise<void> {
  const { written } = await exportRegressor({
    run: flags.run ?? join(place.workspace('the run of --run').runs, 'fr_regressor_v1'),
    parquet: flags.parquet ?? defaultTable(place),
    outputs: flags,
    ...ownOutputs(place, flags.outOnnx ?? flags.registry),
    force: flags.force === true,
    replace: flags.replace === true,
    signal,
  });
  printResult(flags, { written }, writtenLines(written));
}
