// every row of its tables
await import('./mutations.test.ts');
