import { type Command, Option } from 'commander';
import type { CommandContext } from './program.ts';

/** The flags of `vqforge features import`. */
export function addFeatures(program: Command, context: CommandContext): void {
  program
    .command('features')
    .description('feature tables from what other programs measured')
    .command('import')
    .description(
      "turn libvmaf's logs (JSON, XML, CSV), one per distorted clip, into a feature table for train",
    )
    .argument('<log...>', 'log files, folders of them, or glob patterns')
    .requiredOption('--out <file>', 'feature table to write (parquet)')
    .option('--source <name>', 'content of the clip: one for all logs, or one per log in their order', append)
    .option(
      '--source-pattern <regexp>',
      'where the names of logs tell the content: its first group, or the one named source (default: what comes before the first _)',
    )
    .option('--distorted <name>', 'distorted clip, one per log (default: the name of the log)', append)
    .addOption(
      new Option('--features <set>', 'features that every log must have')
        .choices(['canonical6', 'A', 'B', 'full'])
        .default('canonical6'),
    )
    .option('--feature-columns <a,b,c>', 'the same, by name', (text: string) => text.split(','))
    .option('--teacher <metric>', 'the score to learn, by its name in the logs', 'vmaf')
    .option('--teacher-model <name>', 'the model that gave it, for the column teacher_model')
    .action(async (logs: string[], flags) =>
      (await import('./features-command.ts')).importCommand(logs, flags, context),
    );
}

function append(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}
