/** The largest ONNX file that is read: lusoris/vmaf's limit too, and far above any model of this project. 50 MiB. */
export const MAX_MODEL_BYTES: number = 50 * 1_048_576;
