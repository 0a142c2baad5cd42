import { defineConfig } from 'vitest/config';

// a load starts threads; on a busy machine that takes seconds, and one test damages sixty files
// modules hold no state: files that share them take a fifth less time
export default defineConfig({
  test: { isolate: false, name: 'table', include: ['test/**/*.test.ts'], testTimeout: 120_000 },
});
