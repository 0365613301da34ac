// A page that watches its approval, on a connection of its own.

import { once } from "node:events";
import { connect } from "node:net";
import { addressOf } from "../../harness/shown.mjs";

const EVENT = "event: approval\n";
/** Headers that Chromium sends with a stream. */
const HEADERS = [
  "accept: text/event-stream",
  "accept-encoding: gzip, deflate, br, zstd",
  "accept-language: en-GB,en;q=0.9",
  "cache-control: no-store",
  "sec-fetch-dest: empty",
  "sec-fetch-mode: cors",
  "sec-fetch-site: same-origin",
  "user-agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
];

export class Stream {
  #socket;
  #events = 0;
  #rest = "";
  #waiting = [];

  constructor(address, clientSecret) {
    const { hostname, port, host } = new URL(address);
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text) => this.#read(text));
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error("the stream ended")));
    const line = `GET ${addressOf("/v1/approval/{id}/events", clientSecret)} HTTP/1.1`;
    this.#socket.write([line, `host: ${host}`, `authorization: Bearer ${clientSecret}`, ...HEADERS, "", ""].join("\r\n"));
  }

  /** Resolves when this many events have arrived in all, with the time of the last. */
  events(count) {
    if (this.#events >= count) return Promise.resolve(performance.now());
    return new Promise((settle, fail) => this.#waiting.push({ count, settle, fail }));
  }

  async close() {
    if (this.#socket.closed) return;
    this.#waiting = [];
    this.#socket.destroy();
    await once(this.#socket, "close");
  }

  #read(text) {
    const now = performance.now();
    const parts = (this.#rest + text).split(EVENT);
    this.#events += parts.length - 1;
    this.#rest = parts.at(-1).slice(-EVENT.length);
    this.#waiting = this.#waiting.filter(({ count, settle }) => {
      if (this.#events >= count) settle(now);
      return this.#events < count;
    });
  }

  #fail(error) {
    for (const { fail } of this.#waiting) fail(error);
    this.#waiting = [];
  }
}
