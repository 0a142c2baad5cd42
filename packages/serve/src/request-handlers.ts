import type { CallHandlers } from '@vqforge/base/node';
import { heatMap } from '@vqforge/runtime';
import { decodePair, greyPng, measuredPixels, readForm } from './image-pair.ts';
import { parseInferRequest } from './infer-request.ts';
import { formatInferResponse } from './infer-response.ts';
import type { RequestCalls } from './request-calls.ts';

/** The calls of `RequestThread`, with their answers. */
export const REQUEST_HANDLERS: CallHandlers<RequestCalls> = {
  parse: ({ body, headerLength, model, limits }, { give }) => {
    const request = parseInferRequest(body, headerLength, model, limits);
    const inputs = Object.fromEntries(
      Object.entries(request.inputs).map(([name, tensor]) => {
        // of the body's own bytes; they go on to the model's thread without the body
        const data = tensor.data.buffer === body.buffer ? tensor.data.slice() : tensor.data;
        give(data.buffer as ArrayBuffer);
        return [name, { ...tensor, data }];
      }),
    );
    return { ...request, inputs };
  },
  readForm: (request, { give }) => {
    const form = readForm(request);
    give(form.body.buffer);
    return form;
  },
  measure: async ({ mostPixels, ...form }, { give }) => {
    const pixels = await measuredPixels({ ...form, mostPixels });
    give(form.body.buffer);
    return { form, pixels };
  },
  decode: async (request, { give }) => {
    const tensors = await decodePair(request);
    give(tensors.ref.buffer, tensors.dist.buffer);
    return tensors;
  },
  heatMap: async (detail) => greyPng(heatMap(detail, 0), detail),
  format: (request, { give }) => {
    const { body, jsonLength } = formatInferResponse(request);
    const bytes = new Uint8Array(typeof body === 'string' ? Buffer.from(body) : body);
    give(bytes.buffer);
    return { body: bytes, ...(jsonLength === undefined ? {} : { jsonLength }) };
  },
};
