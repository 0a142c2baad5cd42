// The HTTP server inside another program, asked by any client of the Open Inference Protocol v2: node examples/embed-server.mjs
import { serve } from '@vqforge/serve';

const server = await serve({ registry: 'model/tiny', port: 0, graceMs: 0 });
console.log(`${server.url} serves ${server.models.join(', ')}`);

const [adm2, vif_scale0, vif_scale1, vif_scale2, vif_scale3, motion2] = [0.95, 0.6, 0.9, 0.94, 0.96, 5];
const response = await fetch(`${server.url}/v2/models/fr_regressor_v1/infer`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    inputs: [
      {
        name: 'features',
        shape: [1, 6],
        datatype: 'FP32',
        data: [adm2, vif_scale0, vif_scale1, vif_scale2, vif_scale3, motion2],
      },
    ],
  }),
});
const { outputs } = await response.json();
console.log(outputs.map(({ name, data }) => `${name} ${data.map((value) => value.toFixed(2))}`).join(', '));
await server.close();
