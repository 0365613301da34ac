// From a PIN and the provider's key to the body of the call: the shipped widget against npm `jose`, in the same page, in
// turns. The widget is measured from the outside, between the moment the key's answer is there and its next call.

import { build } from "esbuild";
import { answer } from "../harness/faults.mjs";
import { PIN, calls, toPin } from "../harness/journey.mjs";
import { root } from "../harness/programs.mjs";
import { bodyOf } from "../harness/proxy.mjs";
import { open } from "../harness/stage.mjs";
import { median, milliseconds, percentile, table } from "./figures.mjs";

const SAMPLES = 200;
const WARM_UP = 20;

export async function measureEncryption() {
  const stage = await open({ init: watchCalls });
  const { page, widget, proxy } = stage;
  proxy.fault("GET", "/", isolated);
  await page.reload();
  proxy.fault("GET", "/jose.js", answer(200, await bundledJose(), { "content-type": "text/javascript" }), Number.POSITIVE_INFINITY);
  // No PIN reaches the server: each is refused here, and the next one can be entered.
  let approval;
  proxy.watchAnswers(({ path }, said) => {
    if (path === calls.approval) approval = said;
  });
  const refuse = async (exchange) => answer(200, JSON.stringify({ verdict: "refused", approval }), { "content-type": "application/json" })(exchange);
  proxy.fault("POST", calls.verify, refuse, Number.POSITIVE_INFINITY);
  await toPin(stage);
  await page.evaluate(async () => (window.jose = await import("/jose.js")));

  const ours = [];
  const theirs = [];
  for (let sample = 0; sample < WARM_UP + SAMPLES; sample += 1) {
    await widget.pinField.fill(PIN);
    const handedIn = page.evaluate(() => window.nextBody());
    await page.keyboard.press("Enter");
    const own = await handedIn;
    const other = await page.evaluate((pin) => window.withJose(pin), PIN);
    if (sample < WARM_UP) continue;
    ours.push(own);
    theirs.push(other);
  }
  await stage.close();

  const row = (name, samples) => [name, milliseconds(median(samples)), milliseconds(percentile(samples, 0.95))];
  const ratio = (share) => (percentile(ours, share) / percentile(theirs, share)).toFixed(2);
  return table(
    [`PIN to JWE, ${SAMPLES} times each, in turns`, "median", "p95"],
    [row("the widget", ours), row("`jose` (npm)", theirs), ["ratio", ratio(0.5), ratio(0.95)]],
  );
}

/** An isolated page has a clock of 5 microseconds instead of 100. */
async function isolated(exchange) {
  const real = await exchange.forward();
  const headers = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
  exchange.outgoing.writeHead(real.statusCode, { ...real.headers, ...headers });
  exchange.outgoing.end(await bodyOf(real));
}

/** Runs in the page before its scripts. Bodies are read before the clock starts, so that no download is measured. */
function watchCalls() {
  const genuineFetch = window.fetch;
  let keyAnswer;
  let keyThere;
  let tell;
  window.fetch = async (input, init) => {
    const url = String(input.url ?? input);
    if (url.endsWith("/verify")) {
      tell?.(performance.now() - keyThere);
      return genuineFetch(input, init);
    }
    const response = await genuineFetch(input, init);
    if (!url.endsWith("/encryption-key")) return response;
    const { status, headers } = response;
    keyAnswer = await response.text();
    const copy = new Response(keyAnswer, { status, headers });
    keyThere = performance.now();
    return copy;
  };
  window.nextBody = () => new Promise((settle) => (tell = settle));
  window.withJose = async (pin) => {
    const { CompactEncrypt, importSPKI } = window.jose;
    const response = new Response(keyAnswer);
    const started = performance.now();
    const { spki } = await response.json();
    const key = await importSPKI(`-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----`, "RSA-OAEP-256");
    const jwe = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify({ pin })))
      .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM" })
      .encrypt(key);
    JSON.stringify({ challenge: "1", factor: "pin", entry: { jwe } });
    return performance.now() - started;
  };
}

async function bundledJose() {
  const { outputFiles } = await build({
    stdin: { contents: 'export { CompactEncrypt, importSPKI } from "jose";', resolveDir: root },
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  });
  return outputFiles[0].text;
}
