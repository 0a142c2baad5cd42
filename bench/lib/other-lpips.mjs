import { fileURLToPath } from 'node:url';

/** Another LPIPS graph, one pair a run: lusoris/vmaf's beside the clone, or what VQFORGE_BENCH_LPIPS names. */
export const OTHER_LPIPS =
  process.env.VQFORGE_BENCH_LPIPS ??
  fileURLToPath(new URL('../../../shared/reference/lpips_sq.onnx', import.meta.url));
