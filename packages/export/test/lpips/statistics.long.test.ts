// every row of its tables
import './statistics.test.ts';
