// A reverse proxy between the page and the partner's server: it sees every byte that leaves the page, and it can break
// any answer on the way back. One for each test, so that faults never reach a neighbour.

import { EventEmitter } from "node:events";
import { createServer, request } from "node:http";
import { Readable } from "node:stream";

/**
 * Opens a proxy in front of `upstream`.
 *
 * - `origin`: where the page finds it.
 * - `seen`: every request so far: `{ method, path, headers, body, status }`; the status comes when all is over, and the path of a
 *   widget's call has `{id}` for the approval's.
 * - `fault(method, path, act, times)`: the next `times` such requests are answered by `act(exchange)` instead.
 */
export async function openProxy(upstream) {
  const seen = [];
  const faults = [];
  const listeners = [];
  const news = new EventEmitter();
  const open = new Set();
  let hook;
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
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const origin = `http://127.0.0.1:${server.address().port}`;

  async function serve(incoming, outgoing) {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const [address] = incoming.url.split("?");
    const path = address.replace(/^\/sca\/v1\/approval\/[^/]+/, "/sca/v1/approval/{id}");
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
    news.emit("change");
    outgoing.on("close", () => {
      record.status = outgoing.writableFinished ? outgoing.statusCode : "broken off";
      news.emit("change");
    });
    const exchange = { record, outgoing, forward: () => forward(record), pass: () => pass(record, outgoing) };
    const fault = faults.find((each) => each.method === record.method && each.path === path && isDue(each, record));
    await (fault ? fault.act(exchange) : pass(record, outgoing));
  }

  /** What an engine runs before the page's scripts, and what it hears of the page: neither is the page's own. */
  function answerHook({ method }, body, outgoing) {
    if (method === "POST") hook.report(JSON.parse(body));
    outgoing.writeHead(200, { "content-type": "text/javascript", "cache-control": "no-store" });
    outgoing.end(method === "GET" ? hook.script() : "");
  }

  /** Whether a fault strikes now. A browser's own repetition of an attempt meets the same as the first. */
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

  /** Hands an answer on; JSON is shown to the test on the way. */
  async function pass(record, outgoing) {
    const answer = await forward(record);
    if (!/json/.test(answer.headers["content-type"] ?? "")) return relay(answer, outgoing);
    const body = await bodyOf(answer);
    outgoing.writeHead(answer.statusCode, answer.headers);
    outgoing.end(body);
    if (body.length === 0) return;
    const said = JSON.parse(body);
    for (const listener of listeners) listener(record, said);
  }

  /** Asks the partner's server, as if there were no proxy; always for the whole answer. */
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
    /** The same, but the first few are spared. */
    faultAfter: (method, path, spared, act) => void faults.push({ method, path, act, left: 1, spared, struck: new Set() }),
    /** Waits until something holds of what was seen. */
    until: (holds) =>
      new Promise((settle) => {
        const look = () => {
          if (!holds()) return;
          news.off("change", look);
          settle();
        };
        news.on("change", look);
        look();
      }),
    /** Engines that cannot do it themselves have a script run before the page's, and hear what it reports. */
    hook: (wanted) => void (hook = wanted),
    /** Shows every JSON answer that was handed on. */
    watchAnswers: (listener) => void listeners.push(listener),
    /** Ends every connection at once, as a network that goes away does. */
    dropConnections: () => open.forEach((socket) => socket.destroy()),
    /** Whether nothing comes through, for an engine whose network cannot be taken away. */
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

/** Where the hook is found; no page has this. */
const HOOK = "/harness";

/** A page in which the hook's script comes first; the strictest policy lets it, as the page's own origin serves it. */
async function withHook(answer) {
  const body = (await bodyOf(answer)).toString().replace("<head>", `<head><script src="${HOOK}"></script>`);
  const headers = { ...answer.headers, "content-length": String(Buffer.byteLength(body)) };
  return Object.assign(Readable.from([Buffer.from(body)]), { statusCode: answer.statusCode, headers });
}

/** Hands an answer on, chunk by chunk, so that streams stay streams. */
export function relay(answer, outgoing) {
  // Whoever asked may have gone by now; a stream would go on for ever.
  if (outgoing.destroyed) return void answer.destroy();
  outgoing.writeHead(answer.statusCode, answer.headers);
  outgoing.flushHeaders();
  outgoing.on("close", () => answer.destroy());
  answer.on("error", () => outgoing.destroy());
  answer.pipe(outgoing);
}

/** The whole body of an answer. */
export async function bodyOf(answer) {
  const chunks = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks);
}
