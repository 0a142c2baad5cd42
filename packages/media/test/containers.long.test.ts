// every row of its tables
await import('./containers.test.ts');
