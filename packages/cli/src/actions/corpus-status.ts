import { counted } from '@vqforge/base';
import { basename } from 'node:path';
import type { CorpusStatus } from '@vqforge/artifact';
import { requireFolderOf, requireSafeOutputs, writeDocuments } from '@vqforge/artifact/node';
import { CorpusFolder, readCorpusStatus } from '@vqforge/corpus';
import type { CommandContext } from '../command-shape.ts';
import type { CorpusStatusFlags } from '../commands/corpus.ts';
import { printable } from '../printable.ts';
import { textTable } from '../text-table.ts';

export async function corpusStatusCommand(
  path: string,
  flags: CorpusStatusFlags,
  _context: CommandContext,
): Promise<void> {
  const folder = new CorpusFolder(path);
  const status = await readCorpusStatus(folder, Date.now());
  if (flags.report !== undefined) await writePage(flags.report, basename(folder.path), status);
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(status)}\n`
      : statusLines(status)
          .map((line) => `${printable(line)}\n`)
          .join(''),
  );
}

async function writePage(path: string, name: string, status: CorpusStatus): Promise<void> {
  const { corpusReport } = await import('@vqforge/report');
  await requireFolderOf(path, '--report');
  await requireSafeOutputs({
    outputs: [{ path, flag: '--report', kind: 'html', role: 'document' }],
    inputs: [],
  });
  await writeDocuments([{ path, text: corpusReport(name, status) }]);
}

function statusLines({
  pairs,
  done,
  waiting,
  unread,
  dead_letters: dead,
  per_hour: rate,
  seconds_left: left,
}: CorpusStatus): string[] {
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
