import { defineConfig } from 'vitest/config';

// modules hold no state: files that share them need not compile the kernels again
export default defineConfig({
  test: { isolate: false, name: 'features', include: ['test/**/*.test.ts'], testTimeout: 120_000 },
});
