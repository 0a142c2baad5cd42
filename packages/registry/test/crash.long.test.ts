// every row of its tables
import './crash.test.ts';
