// Request bodies: what the server received, and what remains in the page afterwards.

import assert from "node:assert/strict";

/** Runs in the page before its scripts: keeps a reference to every request body made of bytes. */
export function keepBodies() {
  window.bodies = [];
  const keep = (options) => {
    if (ArrayBuffer.isView(options?.body)) window.bodies.push(options.body);
  };
  const { Request, fetch } = window;
  window.Request = new Proxy(Request, {
    construct: (target, given, made) => {
      keep(given[1]);
      return Reflect.construct(target, given, made);
    },
  });
  window.fetch = (input, options) => {
    keep(options);
    return fetch.call(window, input, options);
  };
}

/** Runs in the page, too: replaces `fetch` by one that sends in a later task. */
export function sendLate() {
  const { fetch } = window;
  window.fetch = async (...given) => {
    await new Promise((turn) => setTimeout(turn));
    return fetch(...given);
  };
}

/** Asserts that the server received the digits as JSON, and that every byte of the page's bodies is zero. */
export async function assertSentAndWiped({ page, proxy }, path, entries) {
  const got = proxy.sent("POST", path).map(({ body }) => JSON.parse(body).entry);
  assert.equal(got.length, entries.length);
  for (const [at, entry] of entries.entries()) entry(got[at]);
  const [made, isWiped] = await page.evaluate(() => [window.bodies.length, window.bodies.every((body) => body.length > 0 && body.every((byte) => byte === 0))]);
  assert.ok(made >= entries.length, `${made} bodies were seen in the page`);
  assert.equal(isWiped, true, "bodies are wiped");
}
