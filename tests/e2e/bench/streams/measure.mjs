// Event streams: what each costs, how long a change takes to all streams of its approval, and how long reconnecting takes.

import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { milliseconds, percentile, table } from "../figures.mjs";
import { residentMemory, several } from "../load.mjs";
import { backendSettings, binary, cargo, database, hold, post, start, startSandbox } from "../programs.mjs";
import { addressOf } from "../../harness/shown.mjs";
import { Stream } from "./client.mjs";

const STREAMS = 10_000;
/** As many as one approval may have. */
const OF_AN_APPROVAL = 8;
const CHANGES = 100;
/** How many streams are being opened at the same time. */
const OPENED_AT_ONCE = 512;
const LIMITS = { SCA_MAX_CONNECTIONS: "11000", SCA_MAX_EVENT_STREAMS: String(STREAMS) };

/** One instance, then two on one database. Needs a PostgreSQL cluster. */
export async function measureStreams(cluster) {
  cargo("--package=sca-backend", "--bins");
  const sandbox = await startSandbox();
  const rows = [];
  try {
    for (const instances of [1, 2]) rows.push(await measure(sandbox, cluster, instances));
  } finally {
    await sandbox.stop();
  }
  const head = [
    `${STREAMS} streams on PostgreSQL, ${OF_AN_APPROVAL} of each approval, ${availableParallelism()} processors shared with the pages`,
    "memory for each stream",
    "all opened",
    "all reconnected",
    "a call to its change in each stream, median",
    "p99",
  ];
  return table(head, rows);
}

async function measure(sandbox, cluster, count) {
  const settings = { ...backendSettings(sandbox, await database(cluster)), ...LIMITS };
  const instances = [];
  try {
    for (let made = 0; made < count; made += 1) instances.push(await start(binary("sca-backend"), [], settings));
    const addresses = instances.map((instance) => instance.addresses[0]);
    const secrets = await several(STREAMS / OF_AN_APPROVAL, 16, async () => {
      const held = await hold(addresses[0], settings.SCA_API_KEYS__PARTNER, `txn-${randomUUID()}`);
      return held.clientSecret;
    });
    const memory = () => instances.reduce((sum, { pid }) => sum + residentMemory(pid), 0);

    const before = memory();
    const opened = await openAll(addresses, secrets);
    const each = (memory() - before) / STREAMS;
    await Promise.all(opened.streams.map((stream) => stream.close()));
    const again = await openAll(addresses, secrets);
    const times = [];
    for (const [place, secret] of secrets.slice(0, CHANGES).entries()) {
      const streams = again.streams.slice(place * OF_AN_APPROVAL, (place + 1) * OF_AN_APPROVAL);
      const seen = streams.map((stream) => stream.events(2));
      const called = performance.now();
      await post(`${addresses[0]}${addressOf("/v1/approval/{id}/cancel", secret)}`, undefined, { authorization: `Bearer ${secret}` });
      for (const at of await Promise.all(seen)) times.push(at - called);
    }
    await Promise.all(again.streams.map((stream) => stream.close()));
    return [
      count === 1 ? "one instance" : `${count} instances`,
      `${each.toFixed(1)} KiB`,
      `${(opened.took / 1000).toFixed(1)} s`,
      `${(again.took / 1000).toFixed(1)} s`,
      milliseconds(percentile(times, 0.5)),
      milliseconds(percentile(times, 0.99)),
    ];
  } finally {
    for (const instance of instances) await instance.stop();
  }
}

/** Opens all streams, those of each approval at all instances in turn, and waits for the first event of each. */
async function openAll(addresses, secrets) {
  const begun = performance.now();
  const streams = await several(STREAMS, OPENED_AT_ONCE, async (place) => {
    const stream = new Stream(addresses[place % addresses.length], secrets[Math.floor(place / OF_AN_APPROVAL)]);
    await stream.events(1);
    return stream;
  });
  return { streams, took: performance.now() - begun };
}
