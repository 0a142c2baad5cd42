/** Options that change what a metric measures stand behind its name: an alias and a value, or the alias alone. */
const OPTIONS =
  /(?:_(?:egl|dlmw|nw|csf|min|nvd|rdh|mmxv|mbf|mbo|mfw|force|hrs|cmxv|vlt|mxv|nnf|snn|wvm|ps|ks|encbd|ench|encw)_-?\d[\d.]*(?:e[-+]?\d+)?|_mffw|_mma|_psm_(?:nearest|bilinear|bicubic|lanczos4))*$/;

const PLANE = '(?:y|cb|cr)';
const FEATURES = [
  'adm2|adm3|adm|aim|adm_scale[0-3]|adm_(?:num|den)(?:_scale[0-3])?',
  'vif|vif_scale[0-3]|vif_(?:num|den)(?:_scale[0-3])?',
  'motion|motion2|motion3|motion_sad',
  `psnr|a?psnr_${PLANE}|psnr_hvs(?:_${PLANE})?|ansnr|anpsnr`,
  '(?:ms_)?ssim|(?:ms_)?ssim_[lcs](?:_scale[0-4])?',
  'moment_(?:ref|dis)(?:1st|2nd)',
  'ciede2000|cambi|cambi_source|cambi_full_reference|ssimulacra2',
  'speed_chroma_(?:u|v|uv)|speed_temporal',
].join('|');
/** The longest of libvmaf's own, with all options, has some 90 characters. */
const MAX_NAME = 256;
const KNOWN = new RegExp(`^(?:float_)?(?:${FEATURES})$`);

/**
 * Whether a metric is one that libvmaf measures, by its name in feature tables. Anything else in a log may be the score of a
 * model, which can be called whatever its user likes (`--model version=vmaf_v0.6.1:name=phone`).
 *
 * @example isKnownFeature('adm2_egl_1') // => true
 * @example isKnownFeature('phone') // => false
 */
export function isKnownFeature(name: string): boolean {
  return name.length <= MAX_NAME && KNOWN.test(name.replace(OPTIONS, ''));
}
