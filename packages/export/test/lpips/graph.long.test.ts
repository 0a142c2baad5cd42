// every row of its tables
import './graph.test.ts';
