// Faults of answers. Each is an `act` for the proxy.

import { bodyOf, relay } from "./proxy.mjs";

/** A made-up answer. */
export const answer = (status, body, headers = {}) => async ({ outgoing }) => {
  outgoing.writeHead(status, headers);
  outgoing.end(body);
};

/** A made-up JSON answer. */
export const json = (status, body) => answer(status, JSON.stringify(body), { "content-type": "application/json" });

/** An RFC 9457 problem with the backend's code. */
export const problem = (status, code, members = {}, headers = {}) =>
  answer(
    status,
    JSON.stringify({ type: "about:blank", title: "made up by a test", status, code, ...members }),
    { "content-type": "application/problem+json", ...headers },
  );

/** A web page, as from a captive portal or a proxy. */
export const html = (status = 200) =>
  answer(status, "<!doctype html><title>Sign in</title><h1>Welcome to the train's Wi-Fi</h1>", { "content-type": "text/html" });

/** JSON that is cut off, in a complete transfer. */
export const truncated = async (exchange) => {
  const real = await exchange.forward();
  const body = await bodyOf(real);
  exchange.outgoing.writeHead(real.statusCode, { "content-type": "application/json" });
  exchange.outgoing.end(body.subarray(0, Math.floor(body.length / 2)));
};

/** A body of so many bytes. */
export const huge = (bytes) => async ({ outgoing }) => {
  outgoing.writeHead(200, { "content-type": "application/json" });
  const chunk = Buffer.alloc(1 << 20, " ");
  let sent = 0;
  const more = () => {
    while (sent < bytes) {
      sent += chunk.length;
      if (!outgoing.write(chunk)) return void outgoing.once("drain", more);
    }
    outgoing.end("{}");
  };
  more();
};

/** A redirect, as to a login page. */
export const redirect = (location) => answer(302, "", { location });

/** The request never reaches the server. */
export const unreachable = async ({ outgoing }) => void outgoing.destroy();

/** The server executes the request, and its answer is lost. */
export const answerLost = async (exchange) => {
  await bodyOf(await exchange.forward());
  exchange.outgoing.destroy();
};

/** The connection breaks in the middle of the answer's body. */
export const brokenBody = async (exchange) => {
  const body = await bodyOf(await exchange.forward());
  exchange.outgoing.writeHead(200, { "content-type": "application/json", "content-length": String(body.length) });
  exchange.outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => exchange.outgoing.destroy());
};

/** The request is held back until the test releases it. */
export function held() {
  const [arrived, arrive] = signal();
  const [released, release] = signal();
  const [over, end] = signal();
  const act = async (exchange) => {
    arrive();
    await released;
    const real = await exchange.forward();
    if (exchange.outgoing.destroyed) await bodyOf(real);
    else relay(real, exchange.outgoing);
    end();
  };
  return { act, arrived, release, over };
}

/** The same, and then another fault. */
export function heldThen(fault) {
  const [arrived, arrive] = signal();
  const [released, release] = signal();
  const act = async (exchange) => {
    arrive();
    await released;
    await fault(exchange);
  };
  return { act, arrived, release };
}

/** The server executes the request, and its answer never arrives. A repetition by the browser is cut off. */
export function answerHeld() {
  const [arrived, arrive] = signal();
  let isRepeated = false;
  const act = async (exchange) => {
    if (isRepeated) return void exchange.outgoing.destroy();
    isRepeated = true;
    await bodyOf(await exchange.forward());
    arrive();
  };
  return { act, arrived };
}

function signal() {
  let settle;
  return [new Promise((settled) => (settle = settled)), () => settle()];
}

/** The server's JSON answer, altered. */
export const changed = (change) => async (exchange) => {
  const real = await exchange.forward();
  const body = JSON.parse(await bodyOf(real));
  exchange.outgoing.writeHead(real.statusCode, { "content-type": real.headers["content-type"] });
  exchange.outgoing.end(JSON.stringify(change(body) ?? body));
};

/** The page's JSON request, altered; the answer is the server's. */
export const sentAs = (change) => ({ record, pass }) => {
  record.body = Buffer.from(JSON.stringify(change(JSON.parse(record.body))));
  record.headers = { ...record.headers, "content-length": String(record.body.length) };
  return pass();
};
