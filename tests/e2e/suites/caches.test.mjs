// Caches between the page and the backend that ignore headers: a service worker of the page, the browser's cache, a cache in the
// network. The customer makes two payments one after the other, and each shows what is paid.

import assert from "node:assert/strict";
import { answer } from "../harness/faults.mjs";
import { PIN, calls, nothingHappened, unreachableShown } from "../harness/journey.mjs";
import { bodyOf, relay } from "../harness/proxy.mjs";
import { scenario } from "../harness/scenario.mjs";

const PAYMENTS = [
  { payee: "Brightside Studio GmbH", amount: "€1,250.00" },
  { payee: "Sakura Trading KK", amount: "¥98,000" },
];
const WORKER = "/worker.js";
/** Firefox's complaint about the worker when the widget aborts a call that goes through it. */
const BROKEN_OFF = /A ServiceWorker intercepted the request/;
const customer = { behaviour: { delivery: "singleFactor" } };

async function send({ page }, index) {
  await page.locator("#transfer").getByRole("combobox").selectOption({ index });
  await page.locator("#transfer").getByRole("button").click();
}

/** Makes both payments, and checks that each is paid as shown, and no other. */
async function payBoth(stage) {
  const { page, widget } = stage;
  for (const [index, { payee, amount }] of PAYMENTS.entries()) {
    await send(stage, index);
    await widget.pinField.waitFor();
    await widget.says(payee);
    await widget.says(amount);
    await widget.enterPin(PIN);
    await page.getByRole("heading", { name: "Transfer sent" }).waitFor();
    const { transfers } = await stage.customer.now();
    const paid = stage.customer.transferIds.slice(0, PAYMENTS.length).map((id) => transfers[id]?.executedPayments ?? 0);
    assert.deepEqual(paid, PAYMENTS.map((_, other) => Number(other <= index)), `after ${payee}`);
  }
}

/** The page with a policy that lets any script register a service worker. */
async function withoutPolicy(exchange) {
  const real = await exchange.forward();
  delete real.headers["content-security-policy"];
  relay(real, exchange.outgoing);
}

/** A service worker that caches every answer to a `GET` by its URL alone, with this strategy. */
const worker = (strategy) => `
const kept = caches.open("answers");
async function fromNetwork(event) {
  const answer = await fetch(event.request);
  const copy = answer.clone();
  // An aborted answer cannot be cached.
  if (answer.ok) event.waitUntil(kept.then((cache) => cache.put(event.request, copy)).catch(() => {}));
  return answer;
}
const fromCache = async ({ request }) => (await kept).match(request, { ignoreVary: true, ignoreSearch: true });
async function staleWhileRevalidate(event) {
  const fresh = fromNetwork(event);
  event.waitUntil(fresh.catch(() => {}));
  return (await fromCache(event)) ?? fresh;
}
const strategies = {
  "cache first": async (event) => (await fromCache(event)) ?? fromNetwork(event),
  "stale while revalidate": staleWhileRevalidate,
  "network first": (event) => fromNetwork(event).catch(async (error) => (await fromCache(event)) ?? Promise.reject(error)),
};
const answerBy = strategies["${strategy}"];
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && new URL(event.request.url).pathname.startsWith("/sca/")) event.respondWith(answerBy(event));
});
`;

for (const strategy of ["cache first", "stale while revalidate", "network first"]) {
  scenario(`behind a service worker, ${strategy}, what is shown is what is paid`, { customer, page: null, expected: [BROKEN_OFF] }, async (stage) => {
    const { page, proxy } = stage;
    proxy.fault("GET", "/", withoutPolicy);
    await page.goto("/");
    const served = answer(200, worker(strategy), { "content-type": "text/javascript", "cache-control": "no-store" });
    proxy.fault("GET", WORKER, served, Number.POSITIVE_INFINITY);
    await page.evaluate(async (address) => {
      const controlled = new Promise((settle) => navigator.serviceWorker.addEventListener("controllerchange", settle));
      await navigator.serviceWorker.register(address);
      await controlled;
    }, WORKER);
    await payBoth(stage);
    const keptAnswers = await page.evaluate(async () => (await (await caches.open("answers")).keys()).length);
    assert.ok(keptAnswers >= PAYMENTS.length, "the worker has cached answers");
  });
}

/** Changes the backend's answer so that caches may store it for everyone. */
async function asPublic(exchange) {
  const real = await exchange.forward();
  const body = await bodyOf(real);
  return { status: real.statusCode, headers: { "content-type": real.headers["content-type"], "cache-control": "public, max-age=3600" }, body };
}

function give({ outgoing }, { status, headers, body }) {
  outgoing.writeHead(status, headers);
  outgoing.end(body);
}

scenario("if the browser caches every answer, what is shown is what is paid", { customer }, async (stage) => {
  for (const path of [calls.approval, calls.key]) {
    stage.proxy.fault("GET", path, async (exchange) => give(exchange, await asPublic(exchange)), Number.POSITIVE_INFINITY);
  }
  await payBoth(stage);
});

/** Caches the first answer under the key that `nameOf` returns, and serves it to everyone. */
function keepIn(kept, nameOf) {
  return async (exchange) => {
    const name = nameOf(exchange.record);
    if (!kept.has(name)) kept.set(name, await asPublic(exchange));
    give(exchange, kept.get(name));
  };
}

scenario("behind a network cache that ignores headers, what is shown is what is paid", { customer }, async (stage) => {
  const kept = new Map();
  for (const path of [calls.approval, calls.key]) {
    stage.proxy.fault("GET", path, keepIn(kept, ({ url }) => url), Number.POSITIVE_INFINITY);
  }
  await payBoth(stage);
  assert.ok(kept.size >= PAYMENTS.length);
});

scenario("a cached answer about another payment is refused, and the customer sees an error", { customer, clock: true }, async (stage) => {
  const { page, proxy, widget } = stage;
  const kept = new Map();
  proxy.fault("GET", calls.approval, keepIn(kept, ({ path }) => path), Number.POSITIVE_INFINITY);
  await send(stage, 0);
  await widget.pinField.waitFor();
  await widget.cancel();
  await nothingHappened(stage);
  await send(stage, 1);
  await unreachableShown(stage);
  await widget.says("What reached this page was about another request, so it was not used.");
  assert.equal(await widget.pinField.count(), 0);
  assert.doesNotMatch(await page.locator("sca-widget").innerText(), /Brightside/);
  assert.equal(proxy.sent("POST", calls.verify).length, 0);
});
