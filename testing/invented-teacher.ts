/** A small support vector regression in libvmaf's format, invented for tests: three vectors, one of them sparse. */
export function inventedModel(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    model_type: 'LIBSVMNUSVR',
    norm_type: 'linear_rescale',
    feature_names: ['adm2', 'motion2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3'].map(
      (name) => `VMAF_integer_feature_${name}_score`,
    ),
    slopes: [0.05, 2.5, 0.0625, 1.25, 1.5, 1.75, 2],
    intercepts: [0.5, -1.5, 0, -0.125, -0.5, -0.75, -1],
    score_clip: [0, 100],
    score_transform: { p0: 2, p1: 1.5, p2: -0.005, out_gte_in: 'true' },
    model: [
      'svm_type nu_svr',
      'kernel_type rbf',
      'gamma 0.05',
      'nr_class 2',
      'total_sv 3',
      'rho -1.25',
      'SV',
      '-4 1:0.65 2:0.34 3:0.09 4:0.61 5:0.69 6:0.73 ',
      '4 1:0.87 3:0.59 4:0.78 5:0.85 6:0.89 ',
      '2.5 1:0.9 2:0.5 3:0.67 4:0.86 5:0.9 6:1 ',
      '',
    ].join('\n'),
    ...changes,
  };
}

export function modelBytes(model: Record<string, unknown>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ param_dict: { C: 4 }, model_dict: model }));
}
