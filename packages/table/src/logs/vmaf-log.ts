/**
 * The log of libvmaf about one pair of clips, frame by frame.
 *
 * @see https://github.com/Netflix/vmaf/blob/master/libvmaf/src/output.c
 */
export interface VmafLog {
  /** Path that the log was read from, for messages. */
  readonly name: string;
  readonly format: 'json' | 'xml' | 'csv';
  /** libvmaf's version; CSV does not say. */
  readonly version?: string;
  /** Frames per second at which libvmaf measured, which is not the clip's frame rate; CSV does not say. */
  readonly fps?: number;
  /** The VMAF model; only libvmaf 1.x writes it. */
  readonly model?: string;
  /** Size of the pictures that were measured; only XML logs state it. */
  readonly picture?: { readonly width: number; readonly height: number };
  /** [N] frame numbers, ascending; with gaps when the log is sub-sampled. */
  readonly frames: Uint32Array;
  /**
   * By name as the log spells it, each [N]. A value that is null, NaN, infinite or not there is NaN: `featuresOf`
   * refuses it where it is needed.
   *
   * @see metricName
   */
  readonly metrics: ReadonlyMap<string, Float64Array>;
}

/** The facts that only some formats tell. */
export interface LogHeader {
  version?: string;
  fps?: number;
  model?: string;
  picture?: { readonly width: number; readonly height: number };
}
