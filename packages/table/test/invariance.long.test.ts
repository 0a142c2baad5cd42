// every row of its tables
await import('./invariance.test.ts');
