// every row of its tables
await import('./graph.test.ts');
