import { resolve } from 'node:path';
import type { PairSetup } from '@vqforge/corpus';
import type { CommandContext } from './command-shape.ts';
import type { FeatureFlag } from './feature-flag.ts';

interface LpipsFlags {
  readonly registry?: string;
  readonly allowUnregistered?: boolean;
}

/** Resolves where processes that measure find LPIPS: what `--feature lpips` names, `VMAF_LPIPS_MODEL_PATH`, or the registry. */
export function lpipsPlace(
  wanted: FeatureFlag | undefined,
  flags: LpipsFlags,
  { place }: CommandContext,
): NonNullable<PairSetup['lpips']> | undefined {
  if (wanted === undefined) return undefined;
  const named = 'modelPath' in wanted ? wanted.modelPath : process.env['VMAF_LPIPS_MODEL_PATH'];
  return {
    registry: resolve(place.registry(flags.registry)),
    model: named === undefined || named === '' ? null : pathOrId(named),
    allowUnregistered: flags.allowUnregistered === true,
  };
}

/** Processes that measure stand elsewhere. */
function pathOrId(model: string): string {
  return /[/\\.]/.test(model) ? resolve(model) : model;
}
