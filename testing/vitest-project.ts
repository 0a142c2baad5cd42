import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { isLong } from './case-table.ts';

/** Whole tables of cases, which `npm test` leaves out. */
const LONG = 'test/**/*.long.test.ts';

/** How the tests of one package run. */
export function vitestProject(
  name: string,
  { exclude = [], ...options }: ViteUserConfig['test'] & object = {},
): ViteUserConfig {
  return defineConfig({
    test: {
      name,
      include: [isLong ? LONG : 'test/**/*.test.ts'],
      exclude: isLong ? exclude : [LONG, ...exclude],
      // modules hold no state: files that share them need not load them again, nor compile their wasm
      isolate: false,
      // ends what hangs, and nothing else: the machine of a test may be busy
      testTimeout: 300_000,
      hookTimeout: 300_000,
      ...options,
    },
  });
}
