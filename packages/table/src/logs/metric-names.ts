/**
 * The feature that a metric of a libvmaf log is, in the names of feature tables: without the quotes and the frame
 * `VMAF_…_score` (or `Cambi_…_score`) that some versions leave on, and without `integer_`, which says how it was computed.
 *
 * A metric measured with options keeps libvmaf's suffix (`integer_adm2_egl_1`, that of the NEG models) and so is
 * another feature: its values differ.
 *
 * @see https://github.com/Netflix/vmaf/blob/master/libvmaf/src/feature/alias.c
 * @example metricName('integer_adm2') // => 'adm2'
 * @example metricName("'VMAF_integer_feature_vif_scale0_score'") // => 'vif_scale0'
 */
export function metricName(spelling: string): string {
  const bare = spelling.replace(/^'(.*)'$/, '$1');
  if (bare === 'VMAF_score') return 'vmaf'; // as the Python package calls it
  const wrapped = /^[A-Z][A-Za-z]*(?:_[a-z]+)?_feature_(.+)_score$/.exec(bare);
  return wrapped?.[1] ?? bare.replace(/^integer_/, '');
}
