// What is behind the proxies: the backend with simulated providers, and a stub that tells what arrived.

import { execFileSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { addressOf, shownOf } from "../e2e/harness/shown.mjs";
import { root } from "../e2e/harness/programs.mjs";
import { folder, start } from "../programs.mjs";

export const apiKey = randomBytes(24).toString("hex");
/** The origin that the backend's settings allow. */
export const LISTED = "https://listed.example";

/** Starts the sandbox and the backend. `cargo xtask proxies` compiles them and passes their folder; otherwise they are compiled here. */
export async function startBackend() {
  const programs = process.env.SCA_PROGRAMS ?? compiled();
  const anywhere = "127.0.0.1:0";
  const sandbox = start([join(programs, "sca-sandbox"), "--listen", anywhere, "--facesign-listen", anywhere, "--facesign-pages-listen", anywhere, "--weavr-listen", anywhere, "--weavr-phone-listen", anywhere], { cwd: place("sandbox") });
  const [bank, facesign, pages] = await sandbox.until(() => {
    const said = ["listening", "facesign api", "facesign pages"].map((words) => new RegExp(`^${words} on (http\\S+)$`, "m").exec(sandbox.said())?.[1]);
    return said.every(Boolean) && said;
  });
  const backend = start([join(programs, "sca-backend")], {
    cwd: place("backend"),
    environment: {
      SCA_LOG: "warn,sca_backend=info",
      SCA_LISTEN: anywhere,
      SCA_ALLOWED_ORIGINS: LISTED,
      SCA_API_KEYS__PARTNER: apiKey,
      SCA_WISE__BASE: bank,
      SCA_WISE__CLIENT_ID: "sandbox-client",
      SCA_WISE__CLIENT_SECRET: "sandbox-client-secret",
      SCA_FACESIGN__BASE: facesign,
      SCA_FACESIGN__ENVIRONMENT: "sandbox",
      SCA_FACESIGN__API_KEY: "sk_test_sandbox",
      SCA_FACESIGN__FRAME_ORIGINS: pages,
      SCA_FACESIGN__WEBHOOK_SECRETS: "whsec_sandbox",
      SCA_TRANSFERS__EXECUTE_URL: `${bank}/bank/wires`,
      SCA_TRANSFERS__SECRETS: "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=",
    },
  });
  const address = await backend.until(() => /http:\/\/127\.0\.0\.1:\d+/.exec(backend.said())?.[0]);
  const widget = (call, { clientSecret }, body) => post(`${address}${addressOf(`/v1/approval/{id}${call}`, clientSecret)}`, body, clientSecret);
  return {
    port: Number(new URL(address).port),
    /** Has a transfer held: a new approval. */
    hold: async () => {
      const transfer = { transfer: `txn-${randomUUID()}`, version: 1, user: "user-4421", email: "a@example.com", amount: { minor: 5_000_000, currency: "USD" }, payee: "Acme Corp", accountTail: "7890", reference: "Invoice 7", region: "US" };
      const { clientSecret, approval } = await post(`${address}/v1/transfers`, transfer, apiKey);
      return { clientSecret, approval, events: addressOf("/v1/approval/{id}/events", clientSecret) };
    },
    /** Changes an approval: a session is opened. */
    change: (held) => widget("/start", held, { challenge: held.approval.challenges[0].id, factor: "face", shown: shownOf(held.approval) }),
    cancel: (held) => widget("/cancel", held),
  };
}

function compiled() {
  for (const name of ["sca-sandbox", "sca-backend"]) execFileSync("cargo", ["build", "--quiet", `--package=${name}`, "--bins"], { cwd: root, stdio: "inherit" });
  return join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug");
}

function place(name) {
  mkdirSync(join(folder, name));
  return join(folder, name);
}

async function post(url, body, secret) {
  const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json", "idempotency-key": randomUUID() };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(20_000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/** The header by which a test finds its request at the stub. */
export const MARK = "x-mark";

/** A stream of the stub, without the headers by which the backend asks for no buffering and no compression. */
export const BARE_STREAM = "/v1/stream";

/** Starts the stub. `seen` has each request by its mark: `{ method, target, headers, length }`. */
export async function startStub() {
  const seen = new Map();
  const server = createServer({ maxHeaderSize: 128 * 1024 }, async (incoming, outgoing) => {
    const { method, url: target, headers } = incoming;
    if (target === BARE_STREAM) {
      outgoing.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" }).write("data: one\n\n");
      return;
    }
    try {
      let length = 0;
      for await (const chunk of incoming) length += chunk.length;
      seen.set(headers[MARK], { method, target, headers, length });
      outgoing.writeHead(200, { "content-type": "application/json", "cache-control": "no-store, no-transform", "content-length": 2 }).end("{}");
    } catch {
      // The caller has gone.
      outgoing.destroy();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: server.address().port, seen, close };
}
