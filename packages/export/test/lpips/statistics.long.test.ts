// every row of its tables
await import('./statistics.test.ts');
