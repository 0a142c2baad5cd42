// every row of its tables
await import('./audit.test.ts');
