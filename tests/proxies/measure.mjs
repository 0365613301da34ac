// What is measured through one proxy.

import { randomUUID } from "node:crypto";
import { BARE_STREAM, LISTED, MARK, apiKey } from "./backend.mjs";
import { call, openStream } from "./calls.mjs";

/** An event that takes longer does not count as arriving. */
const EVENT_WITHIN = 3_000;
/** How often an event's delay is measured. The smallest counts: the machine is busy. */
const STREAMS = 3;
const CALLS = 20;
const KEPT_FOR = 70_000;

const bearer = (secret) => ({ authorization: `Bearer ${secret}` });
const json = { "content-type": "application/json" };

/**
 * The first event and a change, compared with a stream that has no proxy. Answers the delays, and the last stream, still open.
 */
export async function measureEvents(port, backend) {
  const delays = { first: [], change: [] };
  for (let number = 1; ; number += 1) {
    const held = await backend.hold();
    const direct = openStream(backend.port, held.events, bearer(held.clientSecret));
    const stream = openStream(port, held.events, bearer(held.clientSecret));
    const has = (watched, count) => watched.until(() => watched.events.length >= count, EVENT_WITHIN);
    if (!(await has(direct, 1))) throw new Error("the backend sent no event");
    const isFirst = await has(stream, 1);
    if (isFirst) delays.first.push(stream.events[0] - stream.openedAt);
    await backend.change(held);
    if (!(await has(direct, 2))) throw new Error("the backend did not send a change");
    const isChanged = isFirst && (await has(stream, 2));
    if (isChanged) delays.change.push(Math.max(0, stream.events[1] - direct.events[1]));
    direct.close();
    if (number === STREAMS || !isChanged) return { ...delays, stream, held };
    stream.close();
  }
}

/** Whether an event arrives of a stream that does not ask for it. */
export async function measureBareStream(port) {
  const stream = openStream(port, BARE_STREAM, bearer("secret"));
  const arrives = await stream.until(() => stream.events.length > 0, EVENT_WITHIN);
  stream.close();
  return arrives ? "yes" : "none";
}

/** Whether the stream is still open after more than a minute, and still tells a change. */
export async function measureSurvival({ stream, held }, backend) {
  const end = stream.openedAt + KEPT_FOR;
  await stream.until(() => stream.ended !== undefined, end - Date.now());
  const beats = stream.heartbeats.length;
  if (stream.ended !== undefined) return { cutAfter: stream.ended - stream.openedAt, beats };
  const before = stream.events.length;
  await backend.cancel(held);
  const told = before > 0 && (await stream.until(() => stream.events.length > before, EVENT_WITHIN));
  stream.close();
  return { beats, told };
}

const LARGE = Buffer.alloc(2 * 1024 * 1024, " ");
/** The largest body that a route takes: the scan of a face. */
const SCAN = Buffer.alloc(3 * 1024 * 1024, " ");
const SMALL = Buffer.alloc(20 * 1024, " ");

/** Calls that the backend refuses before it has read their bodies. */
const refusals = [
  { name: "2 MB, 413", status: 413, method: "POST", path: "/v1/transfers", headers: { ...bearer(apiKey), ...json }, body: LARGE },
  { name: "2 MB to the gate, 413", status: 413, method: "POST", path: "/gate/wise/v1/transfers", headers: { "x-api-key": apiKey, ...bearer("customer"), ...json }, body: LARGE },
  { name: "unsigned webhook, 401", status: 401, method: "POST", path: "/webhooks/facesign", headers: json, body: SMALL },
  { name: "no API key, 401", status: 401, method: "POST", path: "/v1/transfers", headers: json, body: SMALL },
  { name: "PUT, 405", status: 405, method: "PUT", path: "/v1/transfers", headers: { ...bearer(apiKey), ...json }, body: SMALL },
  { name: "text, 415", status: 415, method: "POST", path: "/v1/transfers", headers: { ...bearer(apiKey), "content-type": "text/plain" }, body: SMALL },
];

/** How often each refusal arrives as something else: `[name, what, times]`. */
export async function measureRefusals(port) {
  const wrong = [];
  for (const { name, status, method, path, headers, body } of refusals) {
    const counts = new Map();
    for (let made = 0; made < CALLS; made += 1) {
      const answer = await call(port, method, path, { headers: { ...headers, "idempotency-key": randomUUID() }, body });
      const what = told(answer);
      if (what !== `${status}`) counts.set(what, (counts.get(what) ?? 0) + 1);
    }
    for (const [what, times] of counts) wrong.push([name, what, times]);
  }
  return wrong;
}

/** The status of an answer. One with a body that the backend does not write comes from the proxy. */
function told({ error, status, headers }) {
  if (error) return error;
  const isOurs = /problem\+json/.test(headers["content-type"] ?? "");
  return isOurs ? `${status}` : `${status} of the proxy`;
}

/**
 * Calls of a page of the host that is called, and of a page whose origin is listed. Answers what becomes of each: `own`, `[host, what]`, and
 * `listed`. The secret is wrong, so 401 shows that the page may call.
 */
export async function measureOrigins(port, isLocal) {
  const from = async (host, origin) => told(await call(port, "POST", "/v1/approval/appr_1/cancel", { headers: { host, origin, ...bearer("appr_1_secret_1") }, body: "" }));
  const address = `127.0.0.1:${port}`;
  const own = [["its address", await from(address, `http://${address}`)]];
  if (!isLocal) for (const host of ["shop.example", "shop.example:443"]) own.push([`\`${host}\``, await from(host, "https://shop.example")]);
  return { own, listed: await from(address, LISTED) };
}

/** Targets that a backend may see, and that a proxy may tidy up. */
export const targets = [
  "/v1/a%2Fb",
  "/v1/a%2fb",
  "/v1//b",
  "/v1/./b",
  "/v1/a/../b",
  "/v1/%7Eb",
  "/v1/~b",
  "/v1/%61",
  "/v1/%C3%A9",
  "/v1/%c3%a9",
  "/v1/a;b=1",
  "/v1/a?",
  "/v1/a?b=%zz",
  "/v1/a?b='c'",
  "/v1/a?b[]=1",
  "/v1/a?b=%c3%A9",
  "/v1/a?b=1+2%2B3",
  "/v1/a?b=&c&=d&&",
  "/v1/a?b=%2F/%3F?",
];

/** What arrives at the stub. */
export async function measureArrival(port, { seen }) {
  const send = async (method, path, options = {}) => {
    const mark = randomUUID();
    const answer = await call(port, method, path, { ...options, headers: { [MARK]: mark, ...bearer("secret"), ...options.headers } });
    return { ...answer, arrived: seen.get(mark) };
  };
  const empty = await send("POST", "/v1/a", { body: "" });
  const head = await send("HEAD", "/v1/a");
  const expected = await send("POST", "/v1/a", { headers: json, body: SMALL, awaited: true });
  const chunked = await send("POST", "/v1/a", { headers: json, chunks: [SMALL, SMALL] });
  const scan = await send("POST", "/v1/a", { headers: json, body: SCAN });
  const bearers = [];
  for (const length of [8, 16]) {
    const secret = bearer("s".repeat(length * 1024));
    const { arrived, ...answer } = await send("GET", "/v1/a", { headers: secret });
    const isWhole = arrived?.headers.authorization === secret.authorization;
    bearers.push(isWhole ? "yes" : arrived ? "dropped" : refusal(answer));
  }
  const changed = [];
  for (const target of targets) {
    const { arrived, ...answer } = await send("GET", target);
    if (arrived?.target !== target) changed.push([target, arrived ? `\`${arrived.target}\`` : refusal(answer)]);
  }
  return {
    empty: empty.arrived ? { 0: "yes", undefined: "dropped" }[empty.arrived.headers["content-length"]] ?? "changed" : refusal(empty),
    head: head.arrived ? (head.arrived.method === "HEAD" ? "yes" : `as ${head.arrived.method}`) : refusal(head),
    expected: expected.arrived?.length === SMALL.length ? "yes" : refusal(expected),
    chunked: chunked.arrived?.length === 2 * SMALL.length ? (chunked.arrived.headers["transfer-encoding"] === "chunked" ? "chunked" : "with its length") : refusal(chunked),
    scan: scan.arrived?.length === SCAN.length ? "yes" : refusal(scan),
    bearers,
    changed,
  };
}

const refusal = ({ error, status }) => error ?? `${status}`;
