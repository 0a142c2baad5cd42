// every row of its tables
await import('./parity.test.ts');
