const MEASURES = ['vmaf', 'adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2'];

/** What every side reads: the source, the teacher and six features, with `keys` also what identifies a row. */
export const COLUMNS = {
  'no-keys': ['source', ...MEASURES],
  keys: ['source', 'dis_basename', 'frame_index', ...MEASURES],
};
