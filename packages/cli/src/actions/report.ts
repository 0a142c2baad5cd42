import { relative } from 'node:path';
import { writeReport } from '@vqforge/report';
import { printable } from '../printable.ts';
import type { CommandContext } from '../command-shape.ts';
import type { ReportFlags } from '../commands/report.ts';

export async function reportCommand(
  run: string,
  { out, dataset, json }: ReportFlags,
  { root, signal }: CommandContext,
): Promise<void> {
  const written = await writeReport({
    run,
    root,
    signal,
    ...(out === undefined ? {} : { out }),
    ...(dataset === undefined ? {} : { dataset }),
  });
  const inside = relative(root, written.path);
  const path = inside.startsWith('..') ? written.path : inside;
  process.stdout.write(
    json === true ? `${JSON.stringify(written)}\n` : `${printable(path)}  sha256 ${written.sha256}\n`,
  );
}
