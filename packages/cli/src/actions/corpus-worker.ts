import { counted } from '@vqforge/base';
import { availableParallelism } from 'node:os';
import { CorpusFolder, queueUrl, workCorpus } from '@vqforge/corpus';
import type { CommandContext } from '../command-shape.ts';
import type { CorpusWorkerFlags } from '../commands/corpus.ts';
import { lpipsPlace } from '../corpus-lpips.ts';
import { Progress } from '../progress.ts';
import { printResult, shownPath } from '../terminal-text.ts';

/** `vqforge corpus worker`: works until the corpus is done. */
export async function corpusWorkerCommand(
  path: string,
  flags: CorpusWorkerFlags,
  context: CommandContext,
): Promise<void> {
  const folder = new CorpusFolder(path);
  const place = queueUrl(flags.queue);
  const progress = new Progress(flags);
  const measured = await workCorpus({
    folder,
    place,
    workers: flags.workers ?? availableParallelism(),
    attempts: flags.attempts,
    timeoutMs: 1000 * flags.timeout,
    lockMs: 1000 * flags.lock,
    lpips: () => lpipsPlace({ name: 'lpips' }, flags, context) ?? null,
    signal: context.signal,
    observer: {
      waiting: () => progress.line(`${shownPath(folder.path)}: waiting for vqforge corpus run --queue`),
      run: ({ manifest }) => progress.line(`${counted(manifest.pairs.length, 'pair')}, queue ${place.shown}`),
      job: (done) => {
        if (done % 100 === 0) progress.line(`${counted(done, 'pair')} worked off here`);
      },
    },
  });
  printResult(flags, { measured }, [`${counted(measured, 'pair')} worked off here; the corpus is done`]);
}
