// every row of its tables
import './invariance.test.ts';
