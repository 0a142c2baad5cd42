// every row of its tables
import './parity.test.ts';
