// every row of its tables
await import('./queue.test.ts');
