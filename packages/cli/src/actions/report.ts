import { writeReport } from '@vqforge/report';
import { printable } from '../printable.ts';
import { shownPath } from '../shown-path.ts';
import type { CommandContext } from '../command-shape.ts';
import type { ReportFlags } from '../commands/report.ts';

export async function reportCommand(
  run: string,
  { out, dataset, json, force }: ReportFlags,
  { place, signal }: CommandContext,
): Promise<void> {
  const written = await writeReport({
    run,
    root: place.root,
    ...(place.found === undefined ? {} : { runs: place.found.runs }),
    registries: [place.registry(undefined)],
    signal,
    force: force === true,
    ...(out === undefined ? {} : { out }),
    ...(dataset === undefined ? {} : { dataset }),
  });
  process.stdout.write(
    json === true
      ? `${JSON.stringify(written)}\n`
      : `${printable(shownPath(written.path))}  sha256 ${written.sha256}\n`,
  );
}
