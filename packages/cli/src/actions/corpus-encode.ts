import { counted } from '@vqforge/base';
import { encodeLadder } from '@vqforge/corpus';
import { type CommandContext, given } from '../command-shape.ts';
import type { CorpusEncodeFlags } from '../commands/corpus.ts';
import { printable } from '../printable.ts';
import { Progress } from '../progress.ts';
import { shownPath } from '../shown-path.ts';

export async function corpusEncodeCommand(
  references: readonly string[],
  flags: CorpusEncodeFlags,
  { signal }: CommandContext,
): Promise<void> {
  const progress = new Progress({
    quiet: flags.quiet === true || flags.json === true,
    verb: 'encoding',
    unit: 'renditions',
  });
  const { license, attribution, workers } = flags;
  const encoded = await encodeLadder({
    references,
    ladder: flags.ladder,
    out: flags.out,
    ...given({ license, attribution, workers }),
    signal,
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.stop());
  const { renditions, reused, manifest } = encoded;
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(encoded)}\n`
      : `${printable(`${shownPath(manifest)}: ${counted(renditions, 'rendition')}${reused === 0 ? '' : `, ${reused} of them were there`}`)}\n`,
  );
}
