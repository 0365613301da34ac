// Requests per second and the 99th percentile of the latency, over loopback, in a release build. The load generator uses the same
// processors.

import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { availableParallelism } from "node:os";
import { newCustomer } from "../harness/customer.mjs";
import { CODE, calls } from "../harness/journey.mjs";
import { milliseconds, percentile, table } from "./figures.mjs";
import { residentMemory, timed } from "./load.mjs";
import { addressOf, shownOf } from "../harness/shown.mjs";

const AT_ONCE = 16;
const SNAPSHOTS = 8_000;
const VERIFICATIONS = 400;

export async function measureServer({ checkout }) {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const mebibytes = () => Math.round(residentMemory(checkout.pid) / 1024);
  const rss = [mebibytes()];
  const one = await approval(agent);
  const snapshots = await timed(SNAPSHOTS, AT_ONCE, () => call(agent, "GET", calls.approval, one.clientSecret));
  const ready = [];
  for (let made = 0; made < VERIFICATIONS; made += 1) ready.push(await approvalWithCode(agent));
  const verifications = await timed(VERIFICATIONS, AT_ONCE, (number) => {
    const { clientSecret, challenge, shown } = ready[number];
    const body = { challenge, factor: "sms", shown, entry: { code: CODE } };
    return call(agent, "POST", calls.verify, clientSecret, body);
  });
  rss.push(mebibytes());
  agent.destroy();
  return [
    ...table(
      [`Backend, ${AT_ONCE} calls at a time, ${availableParallelism()} processors shared with load and simulator`, "calls per second", "median", "p99"],
      [
        row("snapshot of an approval", snapshots),
        row("a right code: provider's verification and status included", verifications),
      ],
    ),
    "",
    ...table(["Backend's resident memory", "MiB"], [
      ["after the start", rss[0]],
      [`after ${SNAPSHOTS + VERIFICATIONS} calls and ${VERIFICATIONS + 1} approvals`, rss[1]],
    ]),
  ];
}

function row(name, { perSecond, times }) {
  return [name, Math.round(perSecond), milliseconds(percentile(times, 0.5)), milliseconds(percentile(times, 0.99))];
}

async function approval(agent) {
  const { session } = await newCustomer({ behaviour: { challenges: ["phone"] } });
  const said = await call(agent, "GET", "/api/statement?from=2026-07-01&to=2026-09-30", undefined, undefined, { "x-demo-session": session }, 403);
  return said.approval;
}

async function approvalWithCode(agent) {
  const { clientSecret } = await approval(agent);
  const snapshot = await call(agent, "GET", calls.approval, clientSecret);
  const [challenge, shown] = [snapshot.challenges[0].id, shownOf(snapshot)];
  await call(agent, "POST", calls.start, clientSecret, { challenge, factor: "sms", shown });
  return { clientSecret, challenge, shown };
}

function call(agent, method, path, clientSecret, body, headers = {}, expected = 200) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  if (clientSecret) headers.authorization = `Bearer ${clientSecret}`;
  if (text) Object.assign(headers, { "content-type": "application/json", "content-length": Buffer.byteLength(text), "idempotency-key": randomUUID() });
  return new Promise((settle, fail) => {
    const address = clientSecret ? addressOf(path, clientSecret) : path;
    const outgoing = request(`${process.env.SCA_CHECKOUT}${address}`, { agent, method, headers }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", fail);
      answer.on("end", () => {
        const said = Buffer.concat(chunks).toString();
        if (answer.statusCode !== expected) fail(new Error(`${method} ${path} answered ${answer.statusCode}: ${said}`));
        else settle(JSON.parse(said));
      });
    });
    outgoing.on("error", fail);
    outgoing.end(text);
  });
}
