// Without the function of call.ts, the client of `fetch` reads every answer as JSON, also texts and event streams.
const input = "../openapi.json";
const call = { path: "call.ts", name: "call" };

module.exports = {
  fetch: { input, output: { target: "orval/client.ts", client: "fetch", headers: true, override: { mutator: call } } },
  zod: { input, output: { target: "orval/zod.ts", client: "zod", override: { zod: { generateEachHttpStatus: true } } } },
};
