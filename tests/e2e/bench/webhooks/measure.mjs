// The time from the first byte of a webhook to the entry in the bank's ledger, and the CPU time that it costs.

import { createHmac, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { availableParallelism } from "node:os";
import pg from "pg";
import { milliseconds, percentile, table } from "../figures.mjs";
import { several } from "../load.mjs";
import { FACESIGN_WEBHOOK_SECRET, get, post, startSandbox } from "../programs.mjs";
import { startBackend, startBaseline, startFlask, startNode } from "./contenders.mjs";
import { cpuSeconds, parentOf } from "./cpu.mjs";

const AT_ONCE = 16;
const WARM_UP = 200;
const COUNTED = 800;
/** The programs take turns, so that a change of the machine's speed reaches all. */
const ROUNDS = 3;

/** Needs a PostgreSQL cluster, at SCA_TEST_POSTGRES. */
export async function measureWebhooks() {
  const cluster = process.env.SCA_TEST_POSTGRES;
  if (!cluster) return ["Webhooks: not measured, there is no PostgreSQL (SCA_TEST_POSTGRES)."];
  const server = await serverOf(cluster);
  const sandbox = await startSandbox();
  const contenders = [];
  try {
    for (const begin of [startBackend, startBaseline, startNode, startFlask]) {
      const contender = await begin(sandbox, cluster);
      if (contender) contenders.push({ ...contender, runs: [] });
    }
    for (const contender of contenders) await run(sandbox, server, contender, WARM_UP);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const contender of contenders) contender.runs.push(await run(sandbox, server, contender, COUNTED));
    }
  } finally {
    for (const contender of contenders) await contender.stop();
    await sandbox.stop();
  }
  const measured = contenders.map(({ name, runs }) => summary(name, runs));
  const [ours] = measured;
  const column = (of, show) => (row) => `${show(row[of])} (${(ours[of] / row[of]).toFixed(2)})`;
  const cpu = (seconds) => milliseconds(seconds * 1000);
  const columns = {
    "decided and executed per second": column("perSecond", Math.round),
    "webhook to execution, median": column("median", milliseconds),
    p99: column("p99", milliseconds),
    "webhook to answer, p99": column("answer", milliseconds),
    "CPU of program and PostgreSQL, each": column("cpu", cpu),
    "CPU of PostgreSQL, each": column("database", cpu),
  };
  return table(
    [
      `FaceSign's webhooks on PostgreSQL, ${AT_ONCE} at a time, ${ROUNDS} rounds of ${COUNTED}, ${availableParallelism()} processors shared with load, FaceSign, bank and database; in brackets the backend's ratio to it`,
      ...Object.keys(columns),
    ],
    measured.map((row) => [row.name, ...Object.values(columns).map((show) => show(row))]),
  );
}

function summary(name, runs) {
  const sum = (of) => runs.reduce((total, run) => total + of(run), 0);
  const executed = runs.flatMap((run) => run.executed);
  return {
    name,
    perSecond: executed.length / sum((run) => run.seconds),
    median: percentile(executed, 0.5),
    p99: percentile(executed, 0.99),
    answer: percentile(
      runs.flatMap((run) => run.answered),
      0.99,
    ),
    cpu: sum((run) => run.program + run.database) / executed.length,
    database: sum((run) => run.database) / executed.length,
  };
}

/** The process of the PostgreSQL server, which is the parent of the one that serves a connection. */
async function serverOf(cluster) {
  const client = new pg.Client({ connectionString: cluster });
  await client.connect();
  const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
  const server = parentOf(rows[0].pid);
  await client.end();
  if (server === undefined) throw new Error("PostgreSQL does not run on this machine: its CPU time cannot be measured");
  return server;
}

async function run(sandbox, server, { webhooks, prepare, pid }, count) {
  const transfers = Array.from({ length: count }, () => `txn-${randomUUID()}`);
  const sessions = new Map();
  await several(count, AT_ONCE, async (place) => {
    const transfer = transfers[place];
    const session = await prepare(transfer);
    await post(`${sandbox.bank}/control/facesign/sessions/${session}/play`, { row: "verified" });
    sessions.set(transfer, session);
  });

  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const sentAt = new Map();
  const answered = [];
  const before = { program: cpuSeconds(pid), database: cpuSeconds(server) };
  const started = Date.now();
  await several(count, AT_ONCE, async (place) => {
    const transfer = transfers[place];
    sentAt.set(transfer, Date.now());
    const begun = performance.now();
    await send(agent, webhooks, sessions.get(transfer));
    answered.push(performance.now() - begun);
  });
  const executedAt = await ledger(sandbox, transfers);
  const program = cpuSeconds(pid) - before.program;
  const database = cpuSeconds(server) - before.database;
  agent.destroy();
  const executed = transfers.map((transfer) => executedAt.get(transfer) - sentAt.get(transfer));
  const last = Math.max(...executedAt.values());
  return { seconds: (last - started) / 1000, executed, answered, program, database };
}

/** When the bank executed each transfer. Waits until it has executed all, and checks that it has executed each once. */
async function ledger(sandbox, transfers) {
  const wanted = new Set(transfers);
  for (const transfer of transfers) await post(`${sandbox.bank}/control/bank/wait`, { transfer, count: 1, seconds: 60 });
  const wires = (await get(`${sandbox.bank}/control/bank/wires`)).filter(({ transfer }) => wanted.has(transfer));
  if (wires.length !== wanted.size) throw new Error(`${wanted.size} transfers, ${wires.length} executions`);
  return new Map(wires.map(({ transfer, executedAt }) => [transfer, executedAt]));
}

function send(agent, url, sessionId) {
  const body = JSON.stringify({ id: `evt_${randomUUID()}`, type: "session.status", createdAt: Date.now(), sessionId });
  const seconds = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", FACESIGN_WEBHOOK_SECRET).update(`${seconds}.${body}`).digest("hex");
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-facesign-signature": `t=${seconds},v1=${signature}`,
  };
  return new Promise((settle, fail) => {
    const outgoing = request(url, { agent, method: "POST", headers }, (answer) => {
      answer.resume();
      answer.on("error", fail);
      answer.on("end", () => {
        if (answer.statusCode < 300) settle();
        else fail(new Error(`the webhook was answered ${answer.statusCode}`));
      });
    });
    outgoing.on("error", fail);
    outgoing.end(body);
  });
}
