// Prints the processor milliseconds per frame that the kernels take by themselves, no frame read or copied: node kernels-process.mjs FRAMES
import { Kernels } from '../../packages/features/dist/kernels.js';
import { scene } from './scene.mjs';

const frames = Number(process.argv[2]);
const format = { width: 1920, height: 1080, bitDepth: 8 };
const { previous, reference, distorted } = scene(format);
const kernels = new Kernels(format);
kernels.nextReference({ samples: previous });
kernels.nextReference({ samples: reference });
kernels.setDistorted({ samples: distorted });

function measure(count) {
  for (let frame = 0; frame < count; frame++) {
    kernels.motionSad(false);
    kernels.vif(100);
    kernels.adm(100, false);
  }
}

measure(8); // V8 compiles in these
const before = process.cpuUsage();
measure(frames);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1000 / frames);
