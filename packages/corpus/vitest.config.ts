import { defineConfig } from 'vitest/config';

// modules hold no state: files that share them take a fifth less time
export default defineConfig({
  test: { isolate: false, name: 'corpus', include: ['test/**/*.test.ts'], testTimeout: 60_000 },
});
