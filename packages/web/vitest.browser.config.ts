import { defineConfig } from 'vitest/config';

// `npm run test:browser`: what takes longer than tests of every change may
export default defineConfig({
  test: {
    name: 'web in browsers',
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
