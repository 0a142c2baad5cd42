// every row of its tables
import './audit.test.ts';
