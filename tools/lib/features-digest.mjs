// Prints this Node's version and one SHA-256 of the features of a few clips made by formula, every double of them.
import { createHash } from 'node:crypto';
import * as features from '../../packages/features/dist/index.js';
import { madeFeatures } from '../../testing/made-features.mjs';

console.log(process.version, createHash('sha256').update(madeFeatures(features)).digest('hex'));
