import { defined } from '@vqforge/base';
import { writeReport } from '@vqforge/report';
import { printResult, shownPath } from '../terminal-text.ts';
import type { CommandContext } from '../command-shape.ts';
import type { ReportFlags } from '../commands/report.ts';

/** `vqforge report`: writes the page of a run or an evaluation. */
export async function reportCommand(
  run: string,
  flags: ReportFlags,
  { place, signal }: CommandContext,
): Promise<void> {
  const written = await writeReport({
    run,
    root: place.root,
    registries: [place.registry(undefined)],
    signal,
    force: flags.force === true,
    ...defined({ runs: place.found?.runs, out: flags.out, dataset: flags.dataset }),
  });
  printResult(flags, written, [`${shownPath(written.path)}  sha256 ${written.sha256}`]);
}
