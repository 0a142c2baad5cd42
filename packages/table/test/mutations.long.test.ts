// every row of its tables
import './mutations.test.ts';
