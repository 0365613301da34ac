import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const sca = createClient<paths>({ baseUrl: process.env.SCA_URL, headers: { "x-api-key": process.env.SCA_KEY } });
const { data, error } = await sca.POST("/v1/transfers", {
  params: { header: { "idempotency-key": crypto.randomUUID() } },
  body: { transfer: "txn-8827", version: 1, user: "user-4421", email: "a@example.com",
    amount: { minor: 5_000_000, currency: "USD" }, payee: "Acme Corp", region: "US" },
});
console.log(data ? `${data.decision} ${data.id}` : error.code);
