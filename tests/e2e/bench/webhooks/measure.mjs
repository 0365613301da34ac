// The time from the first byte of a webhook to the entry in the bank's ledger.

import { createHmac, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { availableParallelism } from "node:os";
import { milliseconds, percentile, table } from "../figures.mjs";
import { FACESIGN_WEBHOOK_SECRET, get, post, startBackend, startFlask, startNode, startSandbox } from "./contenders.mjs";

const AT_ONCE = 16;
const WARM_UP = 100;
const COUNTED = 800;

/** Needs a PostgreSQL cluster, at SCA_TEST_POSTGRES. */
export async function measureWebhooks() {
  const cluster = process.env.SCA_TEST_POSTGRES;
  if (!cluster) return ["Webhooks: not measured, there is no PostgreSQL (SCA_TEST_POSTGRES)."];
  const sandbox = await startSandbox();
  const measured = [];
  try {
    for (const begin of [startBackend, startNode, startFlask]) {
      const contender = await begin(sandbox, cluster);
      if (!contender) continue;
      try {
        await run(sandbox, contender, WARM_UP);
        measured.push({ name: contender.name, ...(await run(sandbox, contender, COUNTED)) });
      } finally {
        await contender.stop();
      }
    }
  } finally {
    await sandbox.stop();
  }
  const [ours] = measured;
  return table(
    [
      `FaceSign's webhooks on PostgreSQL, ${AT_ONCE} at a time, ${availableParallelism()} processors shared with load, FaceSign, bank and database`,
      "decided and executed per second",
      "ratio of the backend to it",
      "webhook to execution, median",
      "p99",
      "webhook to answer, p99",
    ],
    measured.map(({ name, perSecond, executed, answered }) => [
      name,
      Math.round(perSecond),
      (ours.perSecond / perSecond).toFixed(2),
      milliseconds(percentile(executed, 0.5)),
      milliseconds(percentile(executed, 0.99)),
      milliseconds(percentile(answered, 0.99)),
    ]),
  );
}

async function run(sandbox, { webhooks, prepare }, count) {
  const transfers = Array.from({ length: count }, () => `txn-${randomUUID()}`);
  const sessions = new Map();
  await several(transfers, async (transfer) => {
    const session = await prepare(transfer);
    await post(`${sandbox.bank}/control/facesign/sessions/${session}/play`, { row: "verified" });
    sessions.set(transfer, session);
  });

  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const sentAt = new Map();
  const answered = [];
  const started = Date.now();
  await several(transfers, async (transfer) => {
    sentAt.set(transfer, Date.now());
    const begun = performance.now();
    await send(agent, webhooks, sessions.get(transfer));
    answered.push(performance.now() - begun);
  });
  const executedAt = await ledger(sandbox, transfers);
  agent.destroy();
  const executed = transfers.map((transfer) => executedAt.get(transfer) - sentAt.get(transfer));
  const last = Math.max(...executedAt.values());
  return { perSecond: count / ((last - started) / 1000), executed, answered };
}

/** When the bank executed each transfer. Waits until it has executed all, and checks that it has executed each once. */
async function ledger(sandbox, transfers) {
  const wanted = new Set(transfers);
  for (const transfer of transfers) await post(`${sandbox.bank}/control/bank/wait`, { transfer, count: 1, seconds: 60 });
  const wires = (await get(`${sandbox.bank}/control/bank/wires`)).filter(({ transfer }) => wanted.has(transfer));
  if (wires.length !== wanted.size) throw new Error(`${wanted.size} transfers, ${wires.length} executions`);
  return new Map(wires.map(({ transfer, executedAt }) => [transfer, executedAt]));
}

async function several(items, work) {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      next += 1;
      await work(items[next - 1]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
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
