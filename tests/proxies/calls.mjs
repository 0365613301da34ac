// Calls as a browser or a server makes them, and event streams. Nothing throws: an answer that does not come is a fact, too.

import { EventEmitter } from "node:events";
import { Agent, request } from "node:http";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

const WITHIN = 10_000;
/** What every browser sends. */
const ACCEPTED = { "accept-encoding": "gzip, deflate, br, zstd" };

/**
 * Makes a call on a connection of its own, which stays open as long as the server likes.
 *
 * - `chunks`: the body, sent piece by piece without a `Content-Length`.
 * - `awaited`: the body is sent once the server asks for it.
 *
 * Answers `status`, `headers`, `body`, and `asked`: whether the server asked for the body; or `error`.
 */
export function call(port, method, path, { headers = {}, body, chunks, awaited = false, within = WITHIN } = {}) {
  const agent = new Agent({ keepAlive: true });
  const framing = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const expectation = awaited ? { expect: "100-continue" } : {};
  return new Promise((settle) => {
    let asked = false;
    const outgoing = request({ agent, host: "127.0.0.1", port, method, path, headers: { ...ACCEPTED, ...framing, ...expectation, ...headers }, signal: AbortSignal.timeout(within) });
    outgoing.on("continue", () => {
      asked = true;
      outgoing.end(body);
    });
    outgoing.on("response", (answer) => {
      const said = [];
      answer.on("data", (chunk) => said.push(chunk));
      answer.on("error", ({ code }) => settle({ error: code }));
      answer.on("end", () => settle({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(said), asked }));
    });
    outgoing.on("error", ({ code, name }) => settle({ error: name === "AbortError" ? "no answer" : code }));
    if (chunks) {
      for (const chunk of chunks) outgoing.write(chunk);
      outgoing.end();
    } else if (awaited) outgoing.flushHeaders();
    else outgoing.end(body);
  }).finally(() => agent.destroy());
}

const decoders = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress };

/** Opens an event stream. `events` and `heartbeats` are the times of arrival, `status` that of the answer, `ended` the time of its end. */
export function openStream(port, path, headers) {
  const changes = new EventEmitter();
  const stream = { openedAt: Date.now(), status: undefined, encoding: "none", events: [], heartbeats: [], ended: undefined, close: () => outgoing.destroy() };
  const end = () => {
    stream.ended ??= Date.now();
    changes.emit("change");
  };
  const outgoing = request({ agent: new Agent(), host: "127.0.0.1", port, path, headers: { ...ACCEPTED, accept: "text/event-stream", ...headers } });
  outgoing.on("error", end);
  outgoing.on("response", (answer) => {
    stream.status = answer.statusCode;
    stream.encoding = answer.headers["content-encoding"] ?? "none";
    const decoder = decoders[stream.encoding]?.();
    const text = decoder ? answer.pipe(decoder) : answer;
    let rest = "";
    text.on("data", (chunk) => {
      const blocks = (rest + chunk).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) (block.startsWith(":") ? stream.heartbeats : stream.events).push(Date.now());
      changes.emit("change");
    });
    for (const source of new Set([answer, text])) source.on("error", end).on("close", end);
    changes.emit("change");
  });
  outgoing.end();
  /** Waits until a condition holds, or the stream ends, or the time is over. Answers whether it holds. */
  stream.until = (holds, within) =>
    new Promise((settle) => {
      const patience = setTimeout(() => finish(), within);
      const finish = () => {
        clearTimeout(patience);
        changes.off("change", look);
        settle(holds());
      };
      const look = () => {
        if (holds() || stream.ended !== undefined) finish();
      };
      changes.on("change", look);
      look();
    });
  return stream;
}
