import { describe, expect, test } from 'vitest';
import * as artifact from '../src/index.ts';
import { ArtifactError } from '../src/errors.ts';
import { portablePath } from '../src/portable-path.ts';
import * as valid from './documents.ts';

interface Case {
  readonly parse: (input: unknown) => unknown;
  readonly format: (value: never) => string;
  readonly value: object;
}

const cases: Record<string, Case> = {
  checkpoint: { parse: artifact.parseCheckpoint, format: artifact.formatCheckpoint, value: valid.checkpoint },
  sidecar: { parse: artifact.parseSidecar, format: artifact.formatSidecar, value: valid.sidecar },
  registry: {
    parse: artifact.parseRegistry,
    format: artifact.formatRegistry,
    value: { schema_version: 2, models: [valid.entry] },
  },
  manifest: { parse: artifact.parseManifest, format: artifact.formatManifest, value: valid.manifest },
  metrics: { parse: artifact.parseMetrics, format: artifact.formatMetrics, value: valid.metrics },
  'metrics of heads': {
    parse: artifact.parseHeadsMetrics,
    format: artifact.formatHeadsMetrics,
    value: valid.headsMetrics,
  },
  environment: {
    parse: artifact.parseEnvironment,
    format: artifact.formatEnvironment,
    value: valid.environment,
  },
  provenance: {
    parse: artifact.parseRunProvenance,
    format: artifact.formatRunProvenance,
    value: valid.provenance,
  },
  statement: { parse: artifact.parseStatement, format: artifact.formatStatement, value: valid.statement },
  policy: { parse: artifact.parseAuditPolicy, format: artifact.formatAuditPolicy, value: valid.policy },
};

function errorOf(run: () => unknown): ArtifactError {
  try {
    run();
  } catch (error) {
    if (error instanceof ArtifactError) return error;
    throw error;
  }
  throw new Error('expected an ArtifactError');
}

describe.each(Object.entries(cases))('%s', (_, { parse, format, value }) => {
  const text = format(value as never);

  test('reads back what it wrote, from text and bytes', () => {
    expect(parse(text)).toStrictEqual(value);
    expect(parse(Buffer.from(text))).toStrictEqual(value);
    expect(format(parse(text) as never)).toBe(text);
  });

  test('names every missing key in one error', () => {
    const document = JSON.parse(text) as Record<string, unknown>;
    const keys = Object.keys(document).filter((key) => !['task', 'schema_version'].includes(key));
    const bare = Object.fromEntries(Object.entries(document).filter(([key]) => !keys.includes(key)));
    const { code, message } = errorOf(() => parse(bare));
    expect(code).toBe('INVALID_DOCUMENT');
    const optional = ['inputs', 'outputs', 'argv', 'expires', ...(value === valid.policy ? ['schema'] : [])];
    for (const key of keys.filter((name) => !optional.includes(name))) expect(message).toContain(`${key}: `);
  });

  test.each([['null'], ['[]'], ['1'], ['"text"']])('refuses %s instead of an object', (other) => {
    expect(errorOf(() => parse(other)).code).toBe('INVALID_DOCUMENT');
  });

  test('refuses a wrong type in every field', () => {
    const document = JSON.parse(text) as Record<string, unknown>;
    const accepted = Object.keys(document).filter(
      (key) => errorOf(() => parse({ ...document, [key]: Symbol.iterator })).code !== 'INVALID_DOCUMENT',
    );
    expect(accepted).toStrictEqual([]);
  });
});

describe('checkpoint', () => {
  const document = JSON.parse(artifact.formatCheckpoint(valid.checkpoint)) as {
    parameters: Record<string, { dims: number[]; float32_base64: string }>;
  };

  test('spells float32 little-endian', () => {
    // -0 is 0x80000000, stored lowest byte first
    expect(document.parameters.b3).toStrictEqual({ dims: [1], float32_base64: 'AAAAgA==' });
  });

  test.each([
    ['dims', { dims: [64, 7] }],
    ['too few values', { float32_base64: 'AAAAgA==' }],
    ['not base64', { float32_base64: '*'.repeat(2048) }],
    ['NaN', { float32_base64: Buffer.alloc(1536, 0xff).toString('base64') }],
  ])('refuses W1 with %s', (_, change) => {
    const parameters = { ...document.parameters, W1: { ...document.parameters.W1, ...change } };
    const error = errorOf(() => artifact.parseCheckpoint({ ...document, parameters }));
    expect(error.code).toBe('INVALID_DOCUMENT');
    expect(error.message).toContain('parameters.W1');
  });

  test('refuses to write a tensor of the wrong length or a non-finite value', () => {
    for (const b1 of [new Float32Array(63), new Float32Array(64).fill(Infinity)]) {
      const broken = { ...valid.checkpoint, parameters: { ...valid.checkpoint.parameters, b1 } };
      expect(errorOf(() => artifact.formatCheckpoint(broken)).message).toContain('parameters.b1');
    }
  });
});

describe('sidecar', () => {
  test.each([
    [{ feature_mean: [1] }, 'feature_mean'],
    [{ notes: 'x'.repeat(513) }, 'notes'],
    [{ feature_std: [0, 1, 1, 1, 1, 1] }, 'feature_std.0'],
    [{ sha256: 'AB'.repeat(32) }, 'sha256'],
    [{ onnx: '../escape.onnx' }, 'onnx'],
    [{ name: 'a second spelling' }, 'name'],
  ])('refuses %j', (change, field) => {
    expect(errorOf(() => artifact.parseSidecar({ ...valid.sidecar, ...change })).message).toContain(field);
  });

  test('holds an LPIPS model under the same writer', () => {
    const regressorOnly = /^(feature_|teacher|training)/;
    const base = Object.fromEntries(
      Object.entries(valid.sidecar).filter(([key]) => !regressorOnly.test(key)),
    );
    const lpips = {
      ...(base as unknown as artifact.DistanceSidecar),
      task: 'perceptual_distance' as const,
      onnx: 'lpips_sq.onnx',
      input_names: ['ref', 'dist'],
      output_names: ['score'],
      network: 'squeeze' as const,
      lpips_version: '0.1',
      epsilon: 1e-10,
      minimum_side: 17,
      input_type: 'float32' as const,
      input_range: { min: -2.2, max: 2.7 },
      channel_mean: [0.485, 0.456, 0.406],
      channel_std: [0.229, 0.224, 0.225],
      weights: { trunk: valid.DIGEST, heads: valid.DIGEST },
      weight_sources: {
        trunk: { name: 'SqueezeNet', license: 'BSD-3-Clause', license_url: 'https://example.org/license' },
        heads: { name: 'somebody', license: 'NOASSERTION' },
      },
    };
    expect(artifact.parseSidecar(artifact.formatSidecar(lpips))).toStrictEqual(lpips);
    expect(errorOf(() => artifact.parseSidecar({ ...lpips, channel_mean: [1] })).message).toContain(
      'channel_mean',
    );
    const { trunk } = lpips.weight_sources;
    expect(errorOf(() => artifact.parseSidecar({ ...lpips, weight_sources: { trunk } })).message).toContain(
      'weight_sources',
    );
  });
});

describe('sidecar dialects', () => {
  test.each([
    [valid.sidecar, 'vqforge', []],
    [{ id: 'a', opset: 17, feature_mean: [] }, 'trainer', []],
    [{ name: 'a', input_name: 'ref', onnx_opset: 18 }, 'session', ['name', 'input_name', 'onnx_opset']],
    [{ id: 'a', opset: 17, input_mean: [] }, 'scaler', ['input_mean']],
    [{ id: 'a', normalization: {} }, 'normalization', ['normalization']],
    [{}, 'unknown', []],
    [null, 'unknown', []],
    [[1], 'unknown', []],
  ])('%# is named', (value, name, renamed) => {
    const dialect = artifact.describeSidecarDialect(value);
    expect(dialect.name).toBe(name);
    expect(dialect.renamed.map(({ found }) => found)).toStrictEqual(renamed);
  });

  test('a complete sidecar misses nothing, a renamed key counts as present', () => {
    expect(artifact.describeSidecarDialect(valid.sidecar).missing).toStrictEqual([]);
    expect(artifact.describeSidecarDialect({ name: 'a' }).missing).not.toContain('id');
    expect(artifact.describeSidecarDialect({ name: 'a' }).missing).toContain('sha256');
  });
});

describe('registry', () => {
  const one = { schema_version: 1, models: [valid.entry] };

  test('keeps unknown fields and sorts by id', () => {
    const models = [
      { ...valid.entry, id: 'b', release_url: 'https://example.org' },
      valid.entry,
      { ...valid.entry, id: 'B_'.toLowerCase() },
    ];
    const text = artifact.formatRegistry({
      $schema: './registry.schema.json',
      extra: [1],
      schema_version: 2,
      models,
    });
    const read = artifact.parseRegistry(text);
    expect(read.models.map(({ id }) => id)).toStrictEqual(['b', 'b_', 'fr_regressor_v1']);
    expect(read.models[0]?.release_url).toBe('https://example.org');
    expect(read.extra).toStrictEqual([1]);
  });

  test('names the version it cannot read', () => {
    const error = errorOf(() => artifact.parseRegistry({ ...one, schema_version: 3 }));
    expect(error.code).toBe('UNSUPPORTED_VERSION');
    expect(errorOf(() => artifact.parseRegistry({ ...one, schema_version: '1' })).code).toBe(
      'INVALID_DOCUMENT',
    );
  });

  test('refuses a repeated id', () => {
    const error = errorOf(() => artifact.parseRegistry({ ...one, models: [valid.entry, valid.entry] }));
    expect(error.message).toContain('repeats the id(s) fr_regressor_v1');
  });

  test('lists the problems of one entry', () => {
    expect(artifact.registryEntryProblems(valid.entry)).toStrictEqual([]);
    const problems = artifact.registryEntryProblems({
      ...valid.entry,
      kind: 'xr',
      sha256: 'short',
      onnx: '/etc/a.onnx',
    });
    expect(problems.map((line) => line.split(':')[0])).toStrictEqual(['kind', 'onnx', 'sha256']);
  });
});

describe('manifest', () => {
  test('refuses rows that the sources do not add up to, repeated names and absolute paths', () => {
    const file = { ...valid.manifest.files[0], path: '/data/open9.parquet' };
    const sources = [...valid.manifest.sources, ...valid.manifest.sources];
    const { message } = errorOf(() => artifact.parseManifest({ ...valid.manifest, files: [file], sources }));
    expect(message).toContain('files.0.path');
    // structural problems hide the sums, as the sums need a valid structure
    const sums = errorOf(() => artifact.parseManifest({ ...valid.manifest, sources })).message;
    expect(sums).toContain("expected the sources' sum 2400, got 1200");
    expect(sums).toContain('sources: expected distinct names');
  });
});

describe('metrics', () => {
  test('a null measure needs a reason, a reason needs a null measure', () => {
    const fold = valid.metrics.loso.per_fold.Flower;
    for (const broken of [
      { ...fold, srocc: null },
      { ...fold, undefined_because: { srocc: 'x' } },
    ]) {
      const loso = { ...valid.metrics.loso, per_fold: { Flower: broken } };
      expect(errorOf(() => artifact.parseMetrics({ ...valid.metrics, loso })).message).toContain(
        'Flower.srocc',
      );
    }
  });

  test('refuses NaN on writing', () => {
    expect(errorOf(() => artifact.formatMetrics({ ...valid.metrics, lr: NaN })).message).toContain('lr');
  });
});

describe('provenance', () => {
  const file = { path: 'datasets/open9/t.parquet', exists: true, kind: 'file', sha256: valid.DIGEST };

  test('describes files, lists and nulls', () => {
    const inputs = { parquet: file, list: [file, null, 'text'], none: null };
    expect(
      artifact.parseRunProvenance({ ...valid.provenance, argv: ['--seed', '0'], inputs }).inputs,
    ).toStrictEqual(inputs);
  });

  test.each([
    { ...file, path: '/etc/passwd' },
    { ...file, path: 'C:\\table' },
    { ...file, path: 'a/../../b' },
    { ...file, sha256: undefined },
    { ...file, kind: 'directory' },
  ])('refuses %j', (broken) => {
    expect(errorOf(() => artifact.parseRunProvenance({ ...valid.provenance, inputs: { broken } })).code).toBe(
      'INVALID_DOCUMENT',
    );
  });
});

describe('statement', () => {
  test('names every bad field at once', () => {
    const { buildDefinition, runDetails } = valid.statement.predicate;
    const broken = {
      ...valid.statement,
      subject: [{ name: 'a', digest: { sha256: 'short' } }],
      predicate: {
        buildDefinition: {
          ...buildDefinition,
          buildType: 'no uri',
          resolvedDependencies: [{ name: 'without', digest: {} }],
        },
        runDetails: { ...runDetails, builder: { id: '' } },
      },
    };
    const { message } = errorOf(() => artifact.parseStatement(broken));
    for (const field of [
      'subject.0.digest.sha256',
      'buildType',
      'resolvedDependencies.0.digest',
      'builder.id',
    ])
      expect(message).toContain(field);
  });

  test.each([
    [{ _type: 'https://in-toto.io/Statement/v0.1' }],
    [{ predicateType: 'https://slsa.dev/provenance/v0.2' }],
    [{ subject: [] }],
    [{ signer: 'me' }],
  ])('refuses %j', (change) => {
    expect(errorOf(() => artifact.parseStatement({ ...valid.statement, ...change })).code).toBe(
      'INVALID_DOCUMENT',
    );
  });
});

describe('audit policy', () => {
  test.each([
    [{ require: ['signatures'] }],
    [{ require: ['license', 'license'] }],
    [{ expires: '2027-02-29' }],
    [{ expires: '28.2.2027' }],
    [{ requires: [] }],
  ])('refuses %j', (change) => {
    expect(errorOf(() => artifact.parseAuditPolicy({ ...valid.policy, ...change })).code).toBe(
      'INVALID_DOCUMENT',
    );
  });

  test('may be open-ended', () => {
    expect(artifact.parseAuditPolicy('{"require":[]}')).toStrictEqual({ require: [] });
  });
});

test('portablePath hides what lies outside the root', () => {
  expect(portablePath('/home/ada/vq/runs/a.json', '/home/ada/vq')).toBe('runs/a.json');
  expect(portablePath('/home/ada/vq', '/home/ada/vq')).toBe('.');
  expect(portablePath('/data/table.parquet', '/home/ada/vq')).toBe('table.parquet');
  expect(portablePath('/home/ada/vq2/table.parquet', '/home/ada/vq')).toBe('table.parquet');
  expect(portablePath('/home/ada/vq/..data/t', '/home/ada/vq')).toBe('..data/t');
});
