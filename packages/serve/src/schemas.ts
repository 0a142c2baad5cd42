import type { FastifySchema } from 'fastify';

/** What each route takes and gives, for the OpenAPI document; the code behind the routes does its own checking. */
type JsonSchema = Readonly<Record<string, unknown>>;

const object = (properties: Record<string, JsonSchema>, required: readonly string[]): JsonSchema => ({
  type: 'object',
  properties,
  required,
});
const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

const string: JsonSchema = { type: 'string' };
const boolean: JsonSchema = { type: 'boolean' };
const parameters: JsonSchema = { type: 'object', additionalProperties: true };
const shape = list({ type: 'integer' });
const datatype: JsonSchema = { type: 'string', enum: ['FP32', 'FP64', 'UINT8'] };
const data: JsonSchema = {
  type: 'array',
  description: 'values in row-major order, flat or nested',
  items: {},
};

const error: JsonSchema = {
  description: 'refused or failed; 503 with Retry-After may be tried again',
  ...object({ error: string, code: string }, ['error', 'code']),
};
const answers = (schema: JsonSchema, description = 'OK'): FastifySchema['response'] => ({
  200: { description, ...schema },
  '4xx': error,
  '5xx': error,
});

const tensor = object({ name: string, datatype, shape, parameters }, ['name', 'datatype', 'shape']);
const request = object(
  {
    id: string,
    parameters,
    inputs: list(object({ name: string, datatype, shape, parameters, data }, ['name', 'datatype', 'shape'])),
    outputs: list(object({ name: string, parameters }, ['name'])),
  },
  ['inputs'],
);
const response = object(
  {
    model_name: string,
    model_version: string,
    id: string,
    parameters,
    outputs: list(object({ name: string, datatype, shape, parameters, data }, ['name', 'datatype', 'shape'])),
  },
  ['model_name', 'outputs'],
);
const modelState = object(
  { name: string, version: string, provider: string, ready: boolean, reason: string },
  ['name', 'ready'],
);
const distance = object(
  {
    model: string,
    digest: string,
    provider: string,
    width: { type: 'integer' },
    height: { type: 'integer' },
    distance: { type: 'number', description: 'LPIPS: 0 for the same image, lower is more similar' },
  },
  ['model', 'digest', 'provider', 'width', 'height', 'distance'],
);
const scores = object(
  {
    version: string,
    fps: { type: 'number', description: 'frames scored per second' },
    partial: { type: 'boolean', description: 'whether a clip failed after whole frames; `error` says why' },
    error: object({ code: string, message: string }, ['code', 'message']),
    models: list({ type: 'object' }),
    frames: list(
      object(
        {
          frameNum: { type: 'integer' },
          metrics: { type: 'object', additionalProperties: { type: 'number' } },
          trust: {
            type: 'object',
            additionalProperties: { type: 'string', enum: ['table', 'probes', 'beyond'] },
          },
        },
        ['frameNum', 'metrics'],
      ),
    ),
    pooled_metrics: { type: 'object', additionalProperties: { type: 'object' } },
  },
  ['version', 'fps', 'partial', 'models', 'frames', 'pooled_metrics'],
);
const image: JsonSchema = { type: 'string', format: 'binary' };

type RouteName =
  | 'live'
  | 'ready'
  | 'modelReady'
  | 'server'
  | 'models'
  | 'model'
  | 'infer'
  | 'lpips'
  | 'score'
  | 'metrics';

export const SCHEMAS: Readonly<Record<RouteName, FastifySchema>> = {
  live: {
    summary: 'Server live',
    tags: ['health'],
    response: answers(object({ live: boolean }, ['live'])),
  },
  ready: {
    summary: 'Server ready; 503 while it stops',
    tags: ['health'],
    response: answers(object({ ready: boolean }, ['ready'])),
  },
  modelReady: {
    summary: 'Model ready',
    tags: ['health'],
    response: answers(object({ name: string, ready: boolean }, ['name', 'ready'])),
  },
  server: {
    summary: 'Server metadata',
    tags: ['metadata'],
    response: answers(
      object({ name: string, version: string, extensions: list(string) }, ['name', 'version', 'extensions']),
    ),
  },
  models: {
    summary: 'Models that are served, and those that could be',
    tags: ['metadata'],
    response: answers(object({ models: list(modelState) }, ['models'])),
  },
  model: {
    summary: 'Model metadata; a version is the sha256 of the ONNX file',
    tags: ['metadata'],
    response: answers(
      object(
        {
          name: string,
          versions: list(string),
          platform: string,
          inputs: list(tensor),
          outputs: list(tensor),
        },
        ['name', 'platform', 'inputs', 'outputs'],
      ),
    ),
  },
  infer: {
    summary: 'Inference; with the header Inference-Header-Content-Length, binary tensors follow the JSON',
    tags: ['inference'],
    body: {
      content: { 'application/json': { schema: request }, 'application/octet-stream': { schema: image } },
    },
    response: answers(response),
  },
  lpips: {
    summary: 'LPIPS of two images of one size; with Accept: image/png, a heat map',
    tags: ['inference'],
    consumes: ['multipart/form-data'],
    body: {
      content: {
        'multipart/form-data': {
          schema: object({ reference: image, distorted: image, model: string }, ['reference', 'distorted']),
        },
      },
    },
    response: {
      200: {
        description:
          'the distance; as image/png, where the images differ, and the distance in X-LPIPS-Distance',
        content: { 'application/json': { schema: distance }, 'image/png': { schema: image } },
      },
      '4xx': error,
      '5xx': error,
    },
  },
  score: {
    summary:
      'Scores of two images or clips, as `vqforge score` writes them; with Accept: text/event-stream, progress as events',
    tags: ['inference'],
    consumes: ['multipart/form-data'],
    body: {
      content: {
        'multipart/form-data': {
          schema: object(
            {
              reference: image,
              distorted: image,
              model: string,
              still: boolean,
              width: { type: 'integer', description: 'of raw YUV, as are the next three' },
              height: { type: 'integer' },
              pixel_format: { type: 'string', enum: ['400', '420', '422', '444'] },
              bitdepth: { type: 'integer', enum: [8, 10, 12, 16] },
            },
            ['reference', 'distorted'],
          ),
        },
      },
    },
    response: {
      200: {
        description: 'the scores; as text/event-stream the events progress, then result or error',
        content: { 'application/json': { schema: scores }, 'text/event-stream': { schema: string } },
      },
      '4xx': error,
      '5xx': error,
    },
  },
  metrics: {
    summary: 'Metrics in the text format of Prometheus',
    tags: ['operation'],
    produces: ['text/plain'],
    response: answers(string),
  },
};
