// The kernels beside the plain references on one clip: every sum, compared as it is.
import { Kernels } from '../src/kernels.ts';
import { adm } from './plain/adm.ts';
import { motionSad, olderMotionSad } from './plain/motion.ts';
import { vif } from './plain/vif.ts';
import type { RandomClip } from './random-clips.ts';

interface Sums {
  readonly vif: unknown;
  readonly adm: unknown;
  readonly sad: number;
  readonly olderSad: number;
}

export function kernelSums(clip: RandomClip): Sums {
  const kernels = new Kernels(clip);
  kernels.nextReference({ samples: clip.previous });
  kernels.nextReference({ samples: clip.reference });
  kernels.setDistorted({ samples: clip.distorted });
  return {
    vif: kernels.vif(clip.vifGainLimit),
    adm: kernels.adm(clip.admGainLimit, true),
    sad: kernels.motionSad(false),
    olderSad: kernels.motionSad(true),
  };
}

export function plainSums(clip: RandomClip): Sums {
  const { previous, reference, distorted } = clip;
  return {
    vif: vif(reference, distorted, clip, clip.vifGainLimit),
    adm: adm(reference, distorted, clip, clip.admGainLimit),
    sad: motionSad(previous, reference, clip),
    olderSad: olderMotionSad(previous, reference, clip),
  };
}
