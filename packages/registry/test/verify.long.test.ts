// every row of its tables
import './verify.test.ts';
