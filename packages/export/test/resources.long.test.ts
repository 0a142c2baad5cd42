// every row of its tables
import './resources.test.ts';
