import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder of pulled weights: `--cache`, `VQFORGE_WEIGHTS_CACHE`, or the user's cache folder (XDG base directories). */
export function weightsCache(flag?: string): string {
  const chosen = flag ?? process.env['VQFORGE_WEIGHTS_CACHE'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vqforge', 'weights');
}
