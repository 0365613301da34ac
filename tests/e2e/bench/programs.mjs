// Release builds for the benchmarks: the backend, and the simulated providers.

import { execFileSync, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";

const root = join(import.meta.dirname, "../../..");

export const FACESIGN_API_KEY = "sk_test_sandbox";
export const FACESIGN_WEBHOOK_SECRET = "whsec_sandbox";
export const BANK_SECRET = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=";
export const AMOUNT = { minor: 5_000_000, currency: "USD" };

/** A release build of the sandbox, with FaceSign and the bank. */
export async function startSandbox() {
  cargo("--package=sca-sandbox", "--bins");
  const anywhere = "127.0.0.1:0";
  const options = ["--listen", anywhere, "--facesign-listen", anywhere, "--facesign-pages-listen", anywhere];
  const program = await start(binary("sca-sandbox"), options, {}, 3);
  const [bank, facesign, pages] = program.addresses;
  return { ...program, bank, facesign, pages };
}

/** The settings of a backend with this database, and with keys of its own. */
export const backendSettings = (sandbox, database) => ({
  SCA_LOG: "warn",
  SCA_LISTEN: "127.0.0.1:0",
  SCA_DATABASE: database,
  SCA_ENCRYPTION_KEYS: randomBytes(32).toString("base64"),
  SCA_API_KEYS__PARTNER: randomBytes(24).toString("hex"),
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

/** Holds a transfer, with the call of a partner. */
export const hold = (address, key, transfer) => {
  const wire = { transfer, version: 1, user: "user-4421", email: "a@example.com", amount: AMOUNT, payee: "Acme Corp", accountTail: "7890", reference: "Invoice 7", region: "US" };
  return post(`${address}/v1/transfers`, wire, { authorization: `Bearer ${key}` });
};

/** The URL of a new database in the cluster. */
export async function database(cluster) {
  const fresh = `bench_${randomUUID().replaceAll("-", "_")}`;
  const client = new pg.Client({ connectionString: cluster });
  await client.connect();
  await client.query(`CREATE DATABASE ${fresh}`);
  await client.end();
  const url = new URL(cluster);
  url.pathname = `/${fresh}`;
  return url.href;
}

export const binary = (name) => join(process.env.SCA_TARGET_DIR ?? process.env.CARGO_TARGET_DIR ?? join(root, "target"), "release", name);

export function cargo(...what) {
  execFileSync("cargo", ["build", "--quiet", "--release", ...what], { cwd: root, stdio: "inherit" });
}

/** Starts a program and waits for the URLs that it prints. */
export async function start(file, options, environment, addresses = 1) {
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
