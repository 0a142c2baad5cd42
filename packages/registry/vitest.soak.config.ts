import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { name: 'registry-soak', include: ['packages/registry/test/**/*.soak.ts'] },
});
