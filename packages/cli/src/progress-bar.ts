import { Presets, SingleBar } from 'cli-progress';

/** A bar on the terminal behind stderr, that goes when it stops. */
export function progressBar(verb: string, unit: string): SingleBar {
  return new SingleBar(
    {
      format: `${verb} {bar} {percentage}% | {value}/{total} ${unit} | ETA {eta_formatted}`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 50,
    },
    Presets.shades_classic,
  );
}
