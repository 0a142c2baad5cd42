import { verifyBapps, writeMiniBapps, type BappsReport, type ManifestSet } from '@vqforge/pipeline/evaluate';
import { counted } from './counted.ts';
import { CommandExit, EXIT } from './exit-codes.ts';
import { printable } from './printable.ts';
import type { CommandContext, SpeechFlags } from './program.ts';

interface MiniFlags extends SpeechFlags {
  readonly out: string;
  readonly count: number;
  readonly seed: number;
}

export async function miniCommand(flags: MiniFlags, { signal }: CommandContext): Promise<void> {
  const { out, count, seed } = flags;
  const manifest = await writeMiniBapps({ out, count, seed, signal });
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ out, ...manifest })}\n`
      : [...manifest.sets.map((set) => setText(set)), `${out}: ${manifest.origin}`]
          .map((line) => `${printable(line)}\n`)
          .join(''),
  );
}

interface VerifyFlags extends SpeechFlags {
  readonly dataset: string;
}

export async function verifyCommand(flags: VerifyFlags, { signal }: CommandContext): Promise<void> {
  const report = await verifyBapps(flags.dataset, signal);
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(report)}\n`
      : reportLines(report)
          .map((line) => `${printable(line)}\n`)
          .join(''),
  );
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
