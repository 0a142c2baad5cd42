// every row of its tables
await import('./help.test.ts');
