// every row of its tables
import './containers.test.ts';
