export { audit, type AuditOptions, type AuditReport } from './audit.ts';
export type { FoldTraining } from './fold-training.ts';
export type { Lineage } from './lineage.ts';
export { verifyProvenance, type ProvenanceOptions, type ProvenanceReport } from './provenance-files.ts';
