// every row of its tables
await import('./distance.test.ts');
