import { assembleCorpus, CorpusFolder } from '@vqforge/corpus';
import { type CommandContext } from '../command-shape.ts';
import type { CorpusAssembleFlags } from '../commands/corpus-assemble.ts';
import { assemblyLines } from '../corpus-lines.ts';
import { printable } from '../printable.ts';

export async function corpusAssembleCommand(
  path: string,
  flags: CorpusAssembleFlags,
  { signal }: CommandContext,
): Promise<void> {
  const folder = new CorpusFolder(path);
  const recorded = await folder.recorded();
  const assembly = await assembleCorpus({ folder, partial: flags.partial === true, recorded, signal });
  const { table, sha256, rows, pairs, missing } = assembly;
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ table, sha256, rows, pairs, missing: missing.map(({ pair, why }) => ({ source: pair.source, dis_basename: pair.disBasename, why })) })}\n`
      : assemblyLines(assembly, recorded.run.measurement.teacher === null)
          .map((line) => `${printable(line)}\n`)
          .join(''),
  );
}
