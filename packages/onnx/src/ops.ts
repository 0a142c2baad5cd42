/**
 * The ceiling: lusoris/vmaf's allowlist (`op_allowlist.c`), 70 operators of the default domain.
 * Nothing outside it is ever served; each kind of model declares the smaller set it needs.
 */
export const REFERENCE_OPS: ReadonlySet<string> = new Set(
  `Abs Add AveragePool BatchNormalization BitShift Cast Clip Concat Constant ConstantOfShape Conv ConvTranspose
  DequantizeLinear Div Dropout Elu Erf Exp Expand Flatten Gather GatherND Gelu Gemm GlobalAveragePool GlobalMaxPool
  HardSigmoid HardSwish Identity If InstanceNormalization LayerNormalization LeakyRelu Log Loop MatMul Max MaxPool Mean
  Min Mul Neg PRelu Pad Pow QuantizeLinear Reciprocal ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum Relu Reshape
  Resize ScatterND Selu Shape Sigmoid Slice Softmax Softplus Softsign Sqrt Squeeze Sub Sum Tanh Transpose
  Unsqueeze`.split(/\s+/),
);

/** The regressor: three Gemm with GELU (Div, Erf, Add, Mul) between, and the last axis dropped. */
export const REGRESSOR_OPS: ReadonlySet<string> = new Set(
  'Add Clip Div Erf Gemm Mul Reshape Squeeze'.split(' '),
);

/** LPIPS: the trunk, the unit normalisation over channels, the linear heads and their spatial means. */
export const LPIPS_OPS: ReadonlySet<string> = new Set(
  `Add Cast Concat Conv Div MatMul MaxPool Mul ReduceMean Relu Reshape Shape Sqrt Squeeze Sub
  Transpose`.split(/\s+/),
);

/** Operators that run a graph of their own: they decide at run time how much work a model is. */
export const CONTROL_FLOW_OPS: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap']);
