// every row of its tables
await import('./verify.test.ts');
