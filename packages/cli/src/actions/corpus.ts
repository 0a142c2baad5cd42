import { basename, join } from 'node:path';
import type { CorpusStatus } from '@vqforge/artifact';
import { writeDocuments } from '@vqforge/artifact/node';
import { counted, defined } from '@vqforge/base';
import {
  assembleCorpus,
  CorpusFolder,
  describeCorpus,
  encodeLadder,
  readCorpusState,
  readCorpusStatus,
} from '@vqforge/corpus';
import type { CommandContext } from '../command-shape.ts';
import type {
  CorpusAssembleFlags,
  CorpusDescribeFlags,
  CorpusEncodeFlags,
  CorpusRetryFlags,
  CorpusStatusFlags,
} from '../commands/corpus.ts';
import { assemblyLines } from '../corpus-lines.ts';
import { requireDocumentOutputs } from '../document-outputs.ts';
import { Progress } from '../progress.ts';
import { printResult, shownPath } from '../terminal-text.ts';
import { textTable } from '../text-table.ts';

/** `vqforge corpus describe`: drafts a manifest. */
export async function describeCommand(
  folder: string,
  flags: CorpusDescribeFlags,
  { signal }: CommandContext,
): Promise<void> {
  const progress = new Progress(flags, 'reading', 'clips');
  const { pattern, reference, license, attribution, out = join(folder, 'corpus.csv') } = flags;
  const { sources, pairs, others } = await describeCorpus({
    folder,
    out,
    pattern,
    reference,
    ...defined({ license, attribution }),
    force: flags.force === true,
    signal,
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.stop());
  printResult(flags, { out, sources, pairs, others }, [
    `${shownPath(out)}: ${counted(pairs, 'pair')} of ${counted(sources, 'source')}`,
    ...(others.length === 0
      ? []
      : [
          `${counted(others.length, 'file')} of other names: ${others.slice(0, 10).join(', ')}${others.length > 10 ? ', …' : ''}`,
        ]),
  ]);
}

/** `vqforge corpus encode`: encodes a ladder and lists its renditions. */
export async function encodeCommand(
  references: readonly string[],
  flags: CorpusEncodeFlags,
  { signal }: CommandContext,
): Promise<void> {
  const progress = new Progress(flags, 'encoding', 'renditions');
  const { ladder, out, license, attribution, workers } = flags;
  const encoded = await encodeLadder({
    references,
    ladder,
    out,
    ...defined({ license, attribution, workers }),
    signal,
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.stop());
  const { renditions, reused, manifest } = encoded;
  printResult(flags, encoded, [
    `${shownPath(manifest)}: ${counted(renditions, 'rendition')}${reused === 0 ? '' : `, ${reused} of them were there`}`,
  ]);
}

/** `vqforge corpus assemble`: writes the table of the results. */
export async function assembleCommand(
  path: string,
  flags: CorpusAssembleFlags,
  { signal }: CommandContext,
): Promise<void> {
  const folder = new CorpusFolder(path);
  const state = await readCorpusState(folder, { whole: true });
  const assembly = await assembleCorpus({ folder, partial: flags.partial === true, state, signal });
  const { table, sha256, rows, pairs } = assembly;
  const missing = assembly.missing.map(({ pair, why }) => ({
    source: pair.source,
    dis_basename: pair.disBasename,
    why,
  }));
  printResult(
    flags,
    { table, sha256, rows, pairs, missing },
    assemblyLines(assembly, state.recorded.run.measurement.teacher === null),
  );
}

/** `vqforge corpus retry`: removes the dead letters of pairs that have no result. */
export async function retryCommand(path: string, flags: CorpusRetryFlags): Promise<void> {
  const folder = new CorpusFolder(path);
  const { dead } = await readCorpusState(folder, { whole: false });
  const ids = [...new Set(dead.map(({ id }) => id))];
  for (const id of ids) await folder.letters.remove(id);
  printResult(flags, { again: ids }, [
    `${counted(ids.length, 'pair')} will be tried again by the next vqforge corpus run --out ${shownPath(folder.path)}`,
  ]);
}

/** `vqforge corpus status`: prints progress, and writes it as a page. */
export async function statusCommand(path: string, flags: CorpusStatusFlags): Promise<void> {
  const folder = new CorpusFolder(path);
  const status = await readCorpusStatus(folder, Date.now());
  if (flags.report !== undefined) await writePage(flags.report, basename(folder.path), status);
  printResult(flags, status, statusLines(status));
}

async function writePage(path: string, name: string, status: CorpusStatus): Promise<void> {
  const { corpusReport } = await import('@vqforge/report');
  await requireDocumentOutputs([{ path, flag: '--report', kind: 'html' }], { inputs: [] });
  await writeDocuments([{ path, text: corpusReport(name, status) }]);
}

function statusLines(status: CorpusStatus): string[] {
  const { pairs, done, waiting, unread, dead_letters: dead, per_hour: rate, seconds_left: left } = status;
  return [
    ...textTable([
      ['pairs', String(pairs)],
      ['done', String(done)],
      ['waiting', String(waiting)],
      ['clips not read yet', String(unread)],
      ['given up', String(dead.length)],
    ]),
    ...(rate === null
      ? []
      : [`${counted(Math.round(rate), 'result')} an hour${left === null ? '' : `, ${duration(left)} left`}`]),
    ...dead.map(
      ({ source, dis_basename: name, code, message, attempts }) =>
        `${source} ${name}: ${code} after ${counted(attempts, 'attempt')}: ${message}`,
    ),
  ];
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
