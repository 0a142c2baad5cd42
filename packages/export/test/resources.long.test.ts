// every row of its tables
await import('./resources.test.ts');
