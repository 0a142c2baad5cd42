// every row of its tables
import './distance.test.ts';
