// The files that may touch the machine, by their names: everything else is pure.

/** Modules that touch the machine: files, processes, sockets, threads, ONNX Runtime, parquet's wasm. */
export const EDGE_MODULE =
  /^(node:(fs|child_process|cluster|dgram|dns|http|http2|https|net|os|process|readline|tls|worker_threads)|onnxruntime-\w+|parquet-wasm)(\/|$)/;

/** A word of an edge file's name says which: wasm-engine.ts, training-pool.ts, input-files.ts, http-server.ts. */
const EDGE_WORDS = ['node', 'engine', 'worker', 'pool', 'file', 'files', 'session', 'server', 'process'];
export const EDGE_NAMES = `names like wasm-engine.ts, with one of the words ${EDGE_WORDS.join(', ')}`;

/** One word alone does not say of what (engine.ts is an interface), except where a package has one such thing. */
const EDGE_ALONE = ['node', 'worker'];

export function isEdge(pkg, module) {
  const words = module.path.replace(/^.*\/|\.ts$/g, '').split('-');
  return (
    pkg.name === 'cli' || words.some((word) => (words.length > 1 ? EDGE_WORDS : EDGE_ALONE).includes(word))
  );
}
