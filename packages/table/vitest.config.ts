import { defineConfig } from 'vitest/config';

// a load starts threads; on a busy machine that takes seconds, and one test damages sixty files
export default defineConfig({
  test: { name: 'table', include: ['test/**/*.test.ts'], testTimeout: 120_000 },
});
