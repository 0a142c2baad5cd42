// every row of its tables
import './help.test.ts';
