export { filesBelow } from './files-below-node.ts';
