// every row of its tables
await import('./crash.test.ts');
