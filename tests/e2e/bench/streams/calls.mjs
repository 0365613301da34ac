// The widget's calls per second: reading an approval, and a right code.

import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { availableParallelism } from "node:os";
import { CODE } from "../../harness/journey.mjs";
import { addressOf, shownOf } from "../../harness/shown.mjs";
import { median, milliseconds, percentile, table } from "../figures.mjs";
import { several, timed } from "../load.mjs";
import { backendSettings, binary, cargo, database, post, start, startSandbox } from "../programs.mjs";

const AT_ONCE = 16;
const READS = 4_000;
const CODES = 300;
/** The builds take turns, so that a change of the machine's speed reaches both. */
const ROUNDS = 5;

/** This build, and the one that SCA_BASELINE names, on databases of one PostgreSQL cluster. */
export async function measureCalls(cluster) {
  cargo("--package=sca-backend", "--bins");
  const sandbox = await startSandbox();
  const builds = [];
  try {
    const files = { "sca-backend": binary("sca-backend"), "the build to compare with": process.env.SCA_BASELINE };
    for (const [name, file] of Object.entries(files)) {
      if (!file) continue;
      const settings = backendSettings(sandbox, await database(cluster));
      builds.push({ name, rounds: [], key: settings.SCA_API_KEYS__PARTNER, ...(await start(file, [], settings)) });
    }
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const build of builds) {
        const measured = await measure(sandbox, build);
        // The first round warms up.
        if (round > 0) build.rounds.push(measured);
      }
    }
  } finally {
    for (const build of builds) await build.stop();
    await sandbox.stop();
  }
  const rows = builds.map(({ name, rounds }) => [
    name,
    ...["reads", "codes"].flatMap((kind) => [
      Math.round(median(rounds.map((round) => round[kind].perSecond))),
      milliseconds(
        percentile(
          rounds.flatMap((round) => round[kind].times),
          0.99,
        ),
      ),
    ]),
  ]);
  return table(
    [
      `${AT_ONCE} calls at a time on PostgreSQL, median of ${ROUNDS} rounds, ${availableParallelism()} processors shared with load, simulator and database`,
      "approvals read per second",
      "p99",
      "right codes per second",
      "p99",
    ],
    rows,
  );
}

async function measure(sandbox, { addresses: [address], key }) {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const ready = await several(CODES, AT_ONCE, () => approvalWithCode(sandbox, address, key));
  const [{ clientSecret }] = ready;
  const reads = await timed(READS, AT_ONCE, () => call(agent, address, "GET", "/v1/approval/{id}", clientSecret));
  const codes = await timed(CODES, AT_ONCE, (place) => {
    const { clientSecret, challenge, shown } = ready[place];
    return call(agent, address, "POST", "/v1/approval/{id}/verify", clientSecret, { challenge, factor: "sms", shown, entry: { code: CODE } });
  });
  agent.destroy();
  return { reads, codes };
}

/** An approval of a new customer's statement, with a code sent. */
async function approvalWithCode(sandbox, address, key) {
  const customer = await post(`${sandbox.bank}/control/customers`, { behaviour: { challenges: ["phone"] } });
  const interval = "intervalStart=2026-07-01T00:00:00.000Z&intervalEnd=2026-09-30T23:59:59.999Z";
  const statement = `/gate/wise/v1/profiles/${customer.profileId}/balance-statements/${customer.balanceId}/statement.json?currency=${customer.currency}&${interval}`;
  const refused = await fetch(`${address}${statement}`, { headers: { authorization: `Bearer ${customer.accessToken}`, "x-api-key": key } });
  const { approval } = await refused.json();
  if (!approval) throw new Error(`the gate answered ${refused.status}`);
  const { clientSecret } = approval;
  const headers = { authorization: `Bearer ${clientSecret}` };
  const read = await fetch(`${address}${addressOf("/v1/approval/{id}", clientSecret)}`, { headers });
  const snapshot = await read.json();
  const [challenge, shown] = [snapshot.challenges[0].id, shownOf(snapshot)];
  await post(`${address}${addressOf("/v1/approval/{id}/start", clientSecret)}`, { challenge, factor: "sms", shown }, headers);
  return { clientSecret, challenge, shown };
}

function call(agent, address, method, path, clientSecret, body) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = { authorization: `Bearer ${clientSecret}` };
  if (text) Object.assign(headers, { "content-type": "application/json", "content-length": Buffer.byteLength(text), "idempotency-key": randomUUID() });
  return new Promise((settle, fail) => {
    const outgoing = request(`${address}${addressOf(path, clientSecret)}`, { agent, method, headers }, (answer) => {
      answer.resume();
      answer.on("error", fail);
      answer.on("end", () => (answer.statusCode === 200 ? settle() : fail(new Error(`${method} ${path} answered ${answer.statusCode}`))));
    });
    outgoing.on("error", fail);
    outgoing.end(text);
  });
}
