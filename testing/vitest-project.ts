import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Whole tables of cases, which `npm test` leaves out and `npm run test:long tables` runs. */
const LONG = 'test/**/*.long.test.ts';

/** How the tests of one package run. */
export function vitestProject(
  name: string,
  { exclude = [], ...options }: ViteUserConfig['test'] & object = {},
): ViteUserConfig {
  const isLong = process.env['VQFORGE_LONG_TESTS'] === '1';
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
