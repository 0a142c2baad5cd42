import { counted } from '@vqforge/base';
import { join } from 'node:path';
import { describeCorpus } from '@vqforge/corpus';
import { type CommandContext, given } from '../command-shape.ts';
import type { CorpusDescribeFlags } from '../commands/corpus.ts';
import { printable } from '../printable.ts';
import { Progress } from '../progress.ts';
import { shownPath } from '../shown-path.ts';

export async function corpusDescribeCommand(
  folder: string,
  flags: CorpusDescribeFlags,
  { signal }: CommandContext,
): Promise<void> {
  const progress = new Progress({
    quiet: flags.quiet === true || flags.json === true,
    verb: 'reading',
    unit: 'clips',
  });
  const out = flags.out ?? join(folder, 'corpus.csv');
  const { sources, pairs, others } = await describeCorpus({
    folder,
    out,
    pattern: flags.pattern,
    reference: flags.reference,
    ...given({ license: flags.license, attribution: flags.attribution }),
    force: flags.force === true,
    signal,
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.stop());
  const lines = [
    `${shownPath(out)}: ${counted(pairs, 'pair')} of ${counted(sources, 'source')}`,
    ...(others.length === 0
      ? []
      : [
          `${counted(others.length, 'file')} of other names: ${others.slice(0, 10).join(', ')}${others.length > 10 ? ', …' : ''}`,
        ]),
  ];
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ out, sources, pairs, others })}\n`
      : lines.map((line) => `${printable(line)}\n`).join(''),
  );
}
