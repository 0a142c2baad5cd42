// every row of its tables
import './queue.test.ts';
