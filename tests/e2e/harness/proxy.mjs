// A reverse proxy between the page and the partner's server. It sees every byte that leaves the page, and can alter or drop any
// answer. Each test has its own, so that faults do not affect other tests.

import { EventEmitter } from "node:events";
import { createServer, request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/**
 * Opens a proxy in front of `upstream`, at this port, or at a free one.
 *
 * - `origin`: its origin.
 * - `seen`: every request so far: `{ method, path, headers, body, status }`. The status is set when the exchange is over. The path of a
 *   widget's call has `{id}` in place of the approval's or enrolment's id, and `{device}` in place of a device's.
 * - `fault(method, path, act, times)`: `act(exchange)` answers the next `times` such requests.
 */
export async function openProxy(upstream, port = 0) {
  const seen = [];
  const faults = [];
  const listeners = [];
  const changes = new EventEmitter();
  const open = new Set();
  let hook;
  let alter;
  let isOffline = false;
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.on("connection", (socket) => {
    if (isOffline) socket.destroy();
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  await new Promise((ready, fail) => {
    server.once("error", fail);
    server.listen(port, "127.0.0.1", ready);
  });
  const origin = `http://127.0.0.1:${server.address().port}`;

  async function serve(incoming, outgoing) {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const [address] = incoming.url.split("?");
    const path = address
      .replace(/^\/sca\/v1\/(approval|enrolment)\/[^/]+/, "/sca/v1/$1/{id}")
      .replace(/^(\/sca\/v1\/enrolment\/\{id\}\/devices)\/[^/]+/, "$1/{device}");
    if (hook && path === HOOK) return answerHook(incoming, Buffer.concat(chunks), outgoing);
    const record = {
      method: incoming.method,
      path,
      url: incoming.url,
      headers: incoming.headers,
      attempt: incoming.headers["idempotency-key"],
      body: Buffer.concat(chunks),
      at: Date.now(),
      status: undefined,
    };
    seen.push(record);
    changes.emit("change");
    outgoing.on("close", () => {
      record.status = outgoing.writableFinished ? outgoing.statusCode : "broken off";
      changes.emit("change");
    });
    const exchange = { record, outgoing, forward: () => forward(record), pass: () => pass(record, outgoing) };
    const fault = faults.find((each) => each.method === record.method && each.path === path && isDue(each, record));
    await (fault ? fault.act(exchange) : pass(record, outgoing));
  }

  /** The requests of an engine's own script, which runs before the page's scripts and reports to the test. */
  function answerHook({ method }, body, outgoing) {
    if (method === "POST") hook.report(JSON.parse(body));
    outgoing.writeHead(200, { "content-type": "text/javascript", "cache-control": "no-store" });
    outgoing.end(method === "GET" ? hook.script() : "");
  }

  /** Whether a fault applies now. The browser's own repetition of an attempt gets the same fault as the first. */
  function isDue(fault, { attempt }) {
    if (attempt !== undefined && fault.struck.has(attempt)) return true;
    if (fault.left === 0) return false;
    if (fault.spared > 0) {
      fault.spared -= 1;
      return false;
    }
    fault.left -= 1;
    fault.struck.add(attempt);
    return true;
  }

  /** Passes an answer on, and shows JSON to the test. */
  async function pass(record, outgoing) {
    const answer = await forward(record);
    const type = answer.headers["content-type"] ?? "";
    if (alter && /event-stream/.test(type)) return relay(answer, outgoing, alteredEvents(alter));
    if (!/json/.test(type)) return relay(answer, outgoing);
    const body = await bodyOf(answer);
    const said = body.length === 0 ? undefined : JSON.parse(body);
    const passed = said && alter ? Buffer.from(JSON.stringify(alter(said))) : body;
    outgoing.writeHead(answer.statusCode, { ...answer.headers, ...(passed !== body && { "content-length": passed.length }) });
    outgoing.end(passed);
    if (said) for (const listener of listeners) listener(record, said);
  }

  /** Forwards a request to the partner's server; never conditional, so that the answer is complete. */
  function forward(record) {
    const { "if-none-match": _, "if-modified-since": __, ...asked } = record.headers;
    const headers = { ...asked, host: new URL(upstream).host };
    if (headers.origin === origin) headers.origin = upstream;
    return new Promise((settle, fail) => {
      const outgoing = request(`${upstream}${record.url}`, { method: record.method, headers }, settle);
      outgoing.on("error", fail);
      outgoing.end(record.body);
    }).then((answer) => (hook && /html/.test(answer.headers["content-type"] ?? "") ? withHook(answer) : answer));
  }

  return {
    origin,
    seen,
    /** The requests of one kind. */
    sent: (method, path) => seen.filter((record) => record.method === method && record.path === path),
    fault: (method, path, act, times = 1) => void faults.push({ method, path, act, left: times, spared: 0, struck: new Set() }),
    /** As `fault`, but leaves the first `spared` requests alone. */
    faultAfter: (method, path, spared, act) => void faults.push({ method, path, act, left: 1, spared, struck: new Set() }),
    /** Alters every JSON answer and every event that is passed on: `change(body)` returns the altered body. Faults alter their own answers. */
    alter: (change) => void (alter = change),
    /** Waits until a condition holds for the requests seen. */
    until: (holds) =>
      new Promise((settle) => {
        const look = () => {
          if (!holds()) return;
          changes.off("change", look);
          settle();
        };
        changes.on("change", look);
        look();
      }),
    /** For engines that cannot do it themselves: runs a script before the page's, and receives its reports. */
    hook: (wanted) => void (hook = wanted),
    /** Calls the listener with every JSON answer that is passed on. */
    watchAnswers: (listener) => void listeners.push(listener),
    /** Ends every connection at once, like a lost network. */
    dropConnections: () => open.forEach((socket) => socket.destroy()),
    /** Blocks all requests, for an engine that cannot go offline. */
    takeOffline: (wanted) => {
      isOffline = wanted;
      if (isOffline) open.forEach((socket) => socket.destroy());
    },
    close: () =>
      new Promise((closed) => {
        server.close(closed);
        server.closeAllConnections();
      }),
  };
}

/** The path of the hook, which no page uses. */
const HOOK = "/harness";

/** A page with the hook's script first. The strictest policy allows it, since the page's own origin serves it. */
async function withHook(answer) {
  const body = (await bodyOf(answer)).toString().replace("<head>", `<head><script src="${HOOK}"></script>`);
  const headers = { ...answer.headers, "content-length": String(Buffer.byteLength(body)) };
  return Object.assign(Readable.from([Buffer.from(body)]), { statusCode: answer.statusCode, headers });
}

/** Alters the data of each event of a stream. */
const alteredEvents = (change) => async function* (chunks) {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const isData = line.startsWith("data:") && line.includes("{");
      yield `${isData ? `data: ${JSON.stringify(change(JSON.parse(line.slice(5))))}` : line}\n`;
    }
  }
};

/** Passes an answer on, chunk by chunk, so that streams work. */
export function relay(answer, outgoing, change) {
  // The browser may have closed the connection; a stream would never end.
  if (outgoing.destroyed) return void answer.destroy();
  outgoing.writeHead(answer.statusCode, answer.headers);
  outgoing.flushHeaders();
  outgoing.on("close", () => answer.destroy());
  answer.on("error", () => outgoing.destroy());
  if (change) pipeline(answer, change, outgoing).catch(() => outgoing.destroy());
  else answer.pipe(outgoing);
}

/** The whole body of an answer. */
export async function bodyOf(answer) {
  const chunks = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks);
}
