// The files that may touch the machine, by their names: everything else is pure.

/** Modules that touch the machine: files, processes, sockets, threads, ONNX Runtime, parquet's wasm. */
export const EDGE_MODULE =
  /^(node:(fs|child_process|cluster|dgram|dns|http|http2|https|net|os|process|readline|tls|worker_threads)|onnxruntime-\w+|parquet-wasm)(\/|$)/;
/** The files that may: node.ts, wasm-engine.ts, fold-worker.ts, worker-pool.ts, run-files.ts, score-session.ts, http-server.ts. */
const EDGE_FILE = /\/node\.ts$|-(node|engine|file|files|session|server)\.ts$|\/[\w-]*worker[\w-]*\.ts$/;
export const EDGE_NAMES =
  'node.ts, *-node.ts, *-engine.ts, *worker*.ts, *-file(s).ts, *-session.ts or *-server.ts';

export function isEdge(pkg, module) {
  return pkg.name === 'cli' || EDGE_FILE.test(module.path);
}
