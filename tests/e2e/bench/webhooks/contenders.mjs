// The backend and two hand-written handlers, each with a database of its own in the same cluster, and with the same simulated FaceSign
// and bank. Each returns its webhook URL, and for every transfer the session that decides about it.

import { execFileSync, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { addressOf, shownOf } from "../../harness/shown.mjs";

const here = import.meta.dirname;
const root = join(here, "../../../..");

export const FACESIGN_API_KEY = "sk_test_sandbox";
export const FACESIGN_WEBHOOK_SECRET = "whsec_sandbox";
export const BANK_SECRET = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=";
const AMOUNT = { minor: 5_000_000, currency: "USD" };

/** A release build of the sandbox, with FaceSign and the bank. */
export async function startSandbox() {
  cargo("--package=sca-sandbox", "--bins");
  const anywhere = "127.0.0.1:0";
  const options = ["--listen", anywhere, "--facesign-listen", anywhere, "--facesign-pages-listen", anywhere];
  const program = await start(binary("sca-sandbox"), options, {}, 3);
  const [bank, facesign, pages] = program.addresses;
  return { ...program, bank, facesign, pages };
}

export async function startBackend(sandbox, cluster) {
  cargo("--package=sca-backend", "--bins");
  return backend(sandbox, cluster, "sca-backend", binary("sca-backend"));
}

/** Another build of the backend: the file that SCA_BASELINE names. `undefined` without it. */
export async function startBaseline(sandbox, cluster) {
  const file = process.env.SCA_BASELINE;
  return file ? backend(sandbox, cluster, "sca-backend, the build to compare with", file) : undefined;
}

async function backend(sandbox, cluster, name, file) {
  const key = randomBytes(24).toString("hex");
  const program = await start(file, [], {
    SCA_LOG: "warn",
    SCA_LISTEN: "127.0.0.1:0",
    SCA_DATABASE: await database(cluster),
    SCA_ENCRYPTION_KEYS: randomBytes(32).toString("base64"),
    SCA_API_KEYS__PARTNER: key,
    SCA_WISE__BASE: sandbox.bank,
    SCA_WISE__CLIENT_ID: "sandbox-client",
    SCA_WISE__CLIENT_SECRET: "sandbox-client-secret",
    SCA_FACESIGN__BASE: sandbox.facesign,
    SCA_FACESIGN__ENVIRONMENT: "sandbox",
    SCA_FACESIGN__API_KEY: FACESIGN_API_KEY,
    SCA_FACESIGN__FRAME_ORIGINS: sandbox.pages,
    SCA_FACESIGN__WEBHOOK_SECRETS: FACESIGN_WEBHOOK_SECRET,
    SCA_TRANSFERS__EXECUTE_URL: `${sandbox.bank}/bank/wires`,
    SCA_TRANSFERS__SECRETS: BANK_SECRET,
  });
  const [address] = program.addresses;
  /** Holds a transfer and opens its session, with the calls of a partner and a widget. */
  const prepare = async (transfer) => {
    const wire = { transfer, version: 1, user: "user-4421", email: "a@example.com", amount: AMOUNT, payee: "Acme Corp", accountTail: "7890", reference: "Invoice 7", region: "US" };
    const { clientSecret, approval } = await post(`${address}/v1/transfers`, wire, { authorization: `Bearer ${key}` });
    const begin = { challenge: approval.challenges[0].id, factor: "face", shown: shownOf(approval) };
    await post(`${address}${addressOf("/v1/approval/{id}/start", clientSecret)}`, begin, { authorization: `Bearer ${clientSecret}` });
    const [session] = await get(`${sandbox.bank}/control/facesign/sessions?for=${transfer}`);
    return session.id;
  };
  return { ...program, name, webhooks: `${address}/webhooks/facesign`, prepare };
}

export async function startNode(sandbox, cluster) {
  const transfers = await database(cluster);
  const program = await start(process.execPath, [join(here, "node_handler.mjs")], handlerEnvironment(sandbox, transfers));
  const [address] = program.addresses;
  return { ...program, name: `node:http and pg, Node ${process.versions.node}`, webhooks: address, prepare: await byHand(sandbox, transfers) };
}

/** `undefined` without SCA_PYTHON, a Python with Flask: `cargo xtask bench --webhooks` makes one. */
export async function startFlask(sandbox, cluster) {
  const python = process.env.SCA_PYTHON;
  if (!python) return undefined;
  const transfers = await database(cluster);
  const options = ["-m", "gunicorn", "--chdir", here, "--bind", "127.0.0.1:0", "--workers", "2", "--threads", "8", "flask_handler:app"];
  const program = await start(python, options, handlerEnvironment(sandbox, transfers));
  const [address] = program.addresses;
  return { ...program, name: "Flask behind gunicorn, two processes", webhooks: `${address}/webhooks/facesign`, prepare: await byHand(sandbox, transfers) };
}

const handlerEnvironment = (sandbox, transfers) => ({
  DATABASE_URL: transfers,
  FACESIGN_URL: sandbox.facesign,
  FACESIGN_API_KEY,
  FACESIGN_WEBHOOK_SECRET,
  BANK_URL: sandbox.bank,
  BANK_SECRET,
});

/** The data of a partner without the backend: one table of transfers, with the session of each. */
async function byHand(sandbox, url) {
  const client = new pg.Pool({ connectionString: url, max: 4 });
  await client.query(
    "CREATE TABLE transfers (id TEXT PRIMARY KEY, session_id TEXT NOT NULL UNIQUE, amount BIGINT NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL)",
  );
  return async (transfer) => {
    const settings = { clientReferenceId: transfer, metadata: { transfer }, providedData: { email: "a@example.com" }, flow: FLOW };
    const { session } = await post(`${sandbox.facesign}/sessions`, settings, { authorization: `Bearer ${FACESIGN_API_KEY}` });
    await client.query("INSERT INTO transfers VALUES ($1, $2, $3, $4, 'pending_verification')", [transfer, session.id, AMOUNT.minor, AMOUNT.currency]);
    return session.id;
  };
}

const always = (id, targetNodeId) => ({ id, targetNodeId, condition: "" });
const FLOW = [
  { id: "start", type: "start", outcome: "greeting" },
  { id: "greeting", type: "conversation", prompt: "Say: Hello.", outcomes: [always("next", "liveness")] },
  {
    id: "liveness",
    type: "liveness_detection",
    outcomes: { livenessDetected: "confirm_transfer", deepfakeDetected: "closing", noFace: "closing", inconclusive: "closing" },
  },
  {
    id: "confirm_transfer",
    type: "conversation",
    prompt: "Say: Do you confirm the transfer?",
    outcomes: [
      { id: "confirmed", targetNodeId: "email_otp", condition: "The user confirmed" },
      { id: "denied", targetNodeId: "closing", condition: "The user declined" },
      { id: "stall", targetNodeId: "closing", condition: "No clear answer" },
    ],
  },
  {
    id: "email_otp",
    type: "two_factor_email",
    outcomes: { verified: "closing", delivery_failed: "closing", failed_unverified: "closing", cancelled: "closing", error: "closing" },
  },
  { id: "closing", type: "conversation", prompt: "Say: Thank you.", doesNotRequireReply: true, outcomes: [always("done", "end")] },
  { id: "end", type: "end" },
];

/** The URL of a new database in the cluster. */
async function database(cluster) {
  const fresh = `bench_${randomUUID().replaceAll("-", "_")}`;
  const client = new pg.Client({ connectionString: cluster });
  await client.connect();
  await client.query(`CREATE DATABASE ${fresh}`);
  await client.end();
  const url = new URL(cluster);
  url.pathname = `/${fresh}`;
  return url.href;
}

const binary = (name) => join(process.env.SCA_TARGET_DIR ?? process.env.CARGO_TARGET_DIR ?? join(root, "target"), "release", name);

function cargo(...what) {
  execFileSync("cargo", ["build", "--quiet", "--release", ...what], { cwd: root, stdio: "inherit" });
}

/** Starts a program and waits for the URLs that it prints. */
async function start(file, options, environment, addresses = 1) {
  // The backend refuses SCA_ variables that are not settings, such as those of the test tools.
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SCA_")));
  const program = spawn(file, options, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...inherited, ...environment } });
  const ended = new Promise((settle) => program.once("close", settle));
  process.once("exit", () => program.kill());
  const said = [];
  const found = await new Promise((settle, fail) => {
    program.once("error", fail);
    program.once("exit", (code) => fail(new Error(`${file} ended with ${code} before it listened:\n${said.join("\n")}`)));
    const seen = [];
    const listen = (line) => {
      said.push(line);
      const address = /https?:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (address) seen.push(address);
      if (seen.length === addresses) settle(seen);
    };
    createInterface(program.stdout).on("line", listen);
    // gunicorn prints its URL to stderr. Later lines are errors.
    createInterface(program.stderr).on("line", (line) => (seen.length < addresses ? listen(line) : console.error(line)));
  });
  const stop = async () => {
    program.kill("SIGTERM");
    await ended;
  };
  return { addresses: found, pid: program.pid, stop };
}

export async function post(url, body, headers = {}) {
  const all = { "content-type": "application/json", "idempotency-key": randomUUID(), ...headers };
  const answer = await fetch(url, { method: "POST", headers: all, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
}

export async function get(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
