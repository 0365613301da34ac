// A page that gets in the widget's way, and one that counts what is left behind.

const nativeFetch = window.fetch;
const NativeRequest = window.Request;
let seen = [];
let bodies = [];

/** Puts a `fetch` in place that does what `kind` says. */
export function patchFetch(kind) {
  seen = [];
  bodies = [];
  window.Request = class extends NativeRequest {
    constructor(url, wanted) {
      super(url, wanted);
      bodies.push(wanted?.body);
    }
  };
  const behaviours = {
    "throws an error": () => { throw new TypeError("no"); },
    "throws undefined": () => { throw undefined; },
    "throws a text": () => { throw "no"; },
    "rejects with undefined": () => Promise.reject(undefined),
    "rejects with null": () => Promise.reject(null),
    "rejects with a text": () => Promise.reject("no"),
    "rejects with a number": () => Promise.reject(7),
    "rejects with an object": () => Promise.reject({ message: 3 }),
    "returns undefined": () => undefined,
    "returns a text": () => "200 OK",
    "returns an object": () => ({ status: 200, ok: true, json: async () => ({}) }),
    "returns a thenable that rejects": () => ({ then: (_, reject) => reject() }),
    "never settles": () => new Promise(() => {}),
    "breaks off": () => answer(200, [new TextEncoder().encode("{")], true),
    "has read the body": () => { const response = answer(200, []); response.text(); return response; },
    "has no body": () => new Response(null, { status: 204 }),
    "answers texts": () => answer(200, ["not", "bytes"]),
    "is an engine that copies late": async () => {
      await turn();
      return answer(200, [bodies.at(-1).slice()]);
    },
    "answers in pieces": () => answer(201, [[123], [34, 97, 34], [58, 49, 125]].map((bytes) => new Uint8Array(bytes))),
  };
  window.fetch = (request) => {
    seen.push(request);
    return behaviours[kind]();
  };
}

export function removeFetch() {
  window.fetch = undefined;
}

export function restoreFetch() {
  window.fetch = nativeFetch;
  window.Request = NativeRequest;
}

/** The very bytes that the last request was made with, as they are now. */
export function lastBody() {
  return bodies.at(-1);
}

function answer(status, pieces, breaksOff = false) {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      if (breaksOff) controller.error(undefined);
      else controller.close();
    },
  });
  return new Response(body, { status, headers: { "retry-after": "3" } });
}

/** What the last request asked of the browser. */
export async function lastRequest() {
  const request = seen.at(-1);
  const { method, url, cache, credentials, redirect, referrerPolicy } = request;
  const headers = Object.fromEntries(request.headers);
  return JSON.stringify({ method, url, cache, credentials, redirect, referrerPolicy, headers, body: await request.clone().text() });
}

export function lastRequestIsAborted() {
  return seen.at(-1).signal.aborted;
}

/** A backend for one approval whose only step is a PIN; `"slow"` keeps the first answer back. */
export function fakeBackend(spki) {
  let isApproved = false;
  const approval = () => ({
    id: "apr_1", version: isApproved ? 2 : 1, serverTime: Date.now(), expiresAt: Date.now() + 600_000,
    status: isApproved ? "approved" : "pending",
    action: { statement: { account: "EUR balance", from: "2026-01-01", to: "2026-01-31" } },
    challenges: [{ id: "1", required: true, passed: isApproved, primary: { factor: "pin", availability: "available", digits: 4 } }],
  });
  seen = [];
  window.fetch = async (request) => {
    seen.push(request);
    const path = new URL(request.url).pathname;
    if (path.endsWith("/events")) {
      return new Response(new ReadableStream({}), { headers: { "content-type": "text/event-stream" } });
    }
    if (path.endsWith("/encryption-key")) return Response.json({ spki });
    if (path.endsWith("/verify")) {
      isApproved = true;
      return Response.json({ verdict: "accepted", approval: approval() });
    }
    return Response.json(approval());
  };
}

const natives = {
  setTimeout: window.setTimeout, clearTimeout: window.clearTimeout,
  setInterval: window.setInterval, clearInterval: window.clearInterval,
  add: EventTarget.prototype.addEventListener, remove: EventTarget.prototype.removeEventListener,
};
const timers = new Set();
let listeners = 0;

/** Counts timers that are running, and listeners on the window and the document, from now on. */
export function startCounting() {
  timers.clear();
  listeners = 0;
  window.setTimeout = (callback, time) => {
    const id = natives.setTimeout.call(window, () => { timers.delete(id); callback(); }, time);
    timers.add(id);
    return id;
  };
  window.setInterval = (callback, time) => {
    const id = natives.setInterval.call(window, callback, time);
    timers.add(id);
    return id;
  };
  window.clearTimeout = (id) => { timers.delete(id); natives.clearTimeout.call(window, id); };
  window.clearInterval = (id) => { timers.delete(id); natives.clearInterval.call(window, id); };
  const isOutside = (target) => target === window || target === undefined || target === document;
  EventTarget.prototype.addEventListener = function (...rest) {
    if (isOutside(this)) listeners += 1;
    return natives.add.apply(this, rest);
  };
  EventTarget.prototype.removeEventListener = function (...rest) {
    if (isOutside(this)) listeners -= 1;
    return natives.remove.apply(this, rest);
  };
}

export function stopCounting() {
  const { add, remove, ...others } = natives;
  Object.assign(window, others);
  EventTarget.prototype.addEventListener = add;
  EventTarget.prototype.removeEventListener = remove;
}

export function runningTimers() {
  return timers.size;
}

export function listenersOutside() {
  return listeners;
}

/** Lets everything go on that waits for the browser's queue. */
export function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { port1.close(); resolve(); };
    port2.postMessage(null);
  });
}

export function hideSubtle() {
  Object.defineProperty(crypto, "subtle", { value: undefined, configurable: true });
}

export function restoreSubtle() {
  delete crypto.subtle;
}

export function polluteObjects() {
  Object.prototype.reason = "polluted";
}

export function cleanObjects() {
  delete Object.prototype.reason;
}
