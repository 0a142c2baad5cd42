import { counted } from '@vqforge/base';
import {
  BAPPS_SERVER,
  pullBapps,
  verifyBapps,
  writeMiniBapps,
  type ArchiveName,
  type BappsReport,
  type ManifestSet,
  type PulledArchive,
} from '@vqforge/bapps';
import { byteProgress } from '../byte-progress.ts';
import type { BappsMiniFlags, BappsPullFlags, BappsVerifyFlags } from '../commands/bapps.ts';
import { CommandExit, EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../command-shape.ts';
import { printResult } from '../terminal-text.ts';

/** `vqforge bapps pull`: downloads, checks and unpacks archives. */
export async function pullCommand(
  archives: ArchiveName[],
  flags: BappsPullFlags,
  { signal }: CommandContext,
): Promise<void> {
  const bytes = byteProgress();
  const pulled = await pullBapps({
    ...(archives.length === 0 ? {} : { archives }),
    out: flags.out,
    from: flags.from ?? [],
    servers: [...(flags.mirror ?? []), BAPPS_SERVER],
    pins: flags.pin ?? {},
    keepArchives: flags.keepArchives === true,
    signal,
    ...(flags.quiet === true || flags.json === true
      ? {}
      : {
          progress: (file, step, done, total) => {
            if (step === 'download') bytes(file, done, total);
            else if (done % 10_000 === 0) process.stderr.write(`${file}: ${done} files unpacked\n`);
          },
        }),
  });
  printResult(flags, { out: flags.out, ...pulled }, [
    ...pulled.archives.map(archiveText),
    ...pulled.manifest.sets.map(setText),
  ]);
}

function archiveText({ name, outcome, sha256, isPinned, files }: PulledArchive): string {
  if (outcome === 'present') return `${name}: there already`;
  const checked = isPinned ? 'as pinned' : 'which nothing was known to hold against';
  return `${name}: ${files ?? 0} files, sha256 ${sha256 ?? ''}, ${checked}`;
}

/** `vqforge bapps mini`: draws a small dataset. */
export async function miniCommand(flags: BappsMiniFlags, { signal }: CommandContext): Promise<void> {
  const { out, count, seed } = flags;
  const manifest = await writeMiniBapps({ out, count, seed, signal });
  printResult(flags, { out, ...manifest }, [...manifest.sets.map(setText), `${out}: ${manifest.origin}`]);
}

/** `vqforge bapps verify`: exit code 1 where a dataset is damaged or differs from its manifest. */
export async function verifyCommand(flags: BappsVerifyFlags, { signal }: CommandContext): Promise<void> {
  const report = await verifyBapps(flags.dataset, signal);
  printResult(flags, report, reportLines(report));
  const isSound =
    report.damaged.length === 0 &&
    report.absent.length === 0 &&
    report.sets.every(({ outcome }) => outcome !== 'different');
  if (!isSound) throw new CommandExit(EXIT.findings);
}

/** How many fit a terminal; the JSON has all. */
const SHOWN = 20;

function reportLines({ origin, sets, absent, damaged }: BappsReport): string[] {
  return [
    ...(origin === null ? [] : [origin]),
    ...sets.map((set) => `${setText(set)}  ${set.outcome}`),
    ...absent.map((set) => `${set} is in bapps.json, and not there`),
    `${damaged.length === 0 ? 'nothing is' : counted(damaged.length, 'item')} damaged`,
    ...damaged.slice(0, SHOWN).map(({ mode, set, id, reason }) => `  ${mode}/${set} ${id}: ${reason}`),
    ...(damaged.length > SHOWN ? [`  and ${damaged.length - SHOWN} more`] : []),
  ];
}

function setText({ mode, set, count, sha256 }: ManifestSet): string {
  return `${`${mode}/${set}`.padEnd(22)}  ${String(count).padStart(6)}  sha256 ${sha256}`;
}
