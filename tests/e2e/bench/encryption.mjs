// The time from a PIN to the body that contains it encrypted: the shipped widget against npm `jose`, in the same page, in turns. The
// widget is measured from outside: between its first call for random bytes, for the content key, and its last, for the idempotency
// key, when the body is written. The time from the press on its button to the call is measured too; it includes rendering. `jose`
// starts with the PIN, once with a key that it has already imported, as the widget has, and once with the key as text. Each starts
// after a pause, as for a customer.

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
  // No PIN reaches the server: each is refused here, so that the next one can be entered.
  let approval;
  proxy.watchAnswers(({ path }, said) => {
    if (path === calls.approval) approval = said;
  });
  const refuse = async (exchange) => answer(200, JSON.stringify({ verdict: "refused", approval }), { "content-type": "application/json" })(exchange);
  proxy.fault("POST", calls.verify, refuse, Number.POSITIVE_INFINITY);
  await toPin(stage);
  await page.evaluate(async () => (window.jose = await import("/jose.js")));
  await page.evaluate(() => window.prepareJose());

  const pressed = [];
  const encrypted = [];
  const josePrepared = [];
  const joseImporting = [];
  const jose = async (sample) => {
    const turns = [
      async () => josePrepared.push(await page.evaluate((pin) => window.josePrepared(pin), PIN)),
      async () => joseImporting.push(await page.evaluate((pin) => window.joseImporting(pin), PIN)),
    ];
    await turns[sample % 2]();
    await turns[(sample + 1) % 2]();
  };
  for (let sample = 0; sample < WARM_UP + SAMPLES; sample += 1) {
    // Waits for the answer to the previous one.
    await page.getByRole("button", { name: widget.words.confirm }).waitFor();
    await widget.pinField.fill(PIN);
    const handedIn = page.evaluate(() => window.nextBody());
    await widget.confirm.click();
    const { pressToCall, pinToBody } = await handedIn;
    pressed.push(pressToCall);
    encrypted.push(pinToBody);
    await jose(sample);
  }
  await stage.close();

  const kept = (samples) => samples.slice(WARM_UP);
  const row = (name, samples) => [name, milliseconds(median(kept(samples))), milliseconds(percentile(kept(samples), 0.95))];
  const ratio = (theirs, share) => (percentile(kept(encrypted), share) / percentile(kept(theirs), share)).toFixed(2);
  const ratios = (name, theirs) => [name, ratio(theirs, 0.5), ratio(theirs, 0.95)];
  return table(
    [`PIN to JWE, ${SAMPLES} times each, in turns`, "median", "p95"],
    [
      row("the widget", encrypted),
      row("`jose` (npm), key imported before", josePrepared),
      row("`jose` (npm), key imported now", joseImporting),
      ratios("ratio to `jose`, key imported before", josePrepared),
      ratios("ratio to `jose`, key imported now", joseImporting),
      row("the widget, from press to call, with its rendering", pressed),
    ],
  );
}

/** An isolated page has a clock of 5 microseconds instead of 100. */
async function isolated(exchange) {
  const real = await exchange.forward();
  const headers = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
  exchange.outgoing.writeHead(real.statusCode, { ...real.headers, ...headers });
  exchange.outgoing.end(await bodyOf(real));
}

/** Runs in the page before its scripts. */
function watchCalls() {
  const genuineFetch = window.fetch;
  let keyAnswer;
  let pressed;
  let firstDraw;
  let lastDraw;
  let tell;
  window.addEventListener(
    "click",
    () => {
      pressed = performance.now();
      firstDraw = undefined;
    },
    { capture: true },
  );
  const genuineRandom = Crypto.prototype.getRandomValues;
  Crypto.prototype.getRandomValues = function (array) {
    lastDraw = performance.now();
    firstDraw ??= lastDraw;
    return genuineRandom.call(this, array);
  };
  window.fetch = async (input, init) => {
    const url = String(input.url ?? input);
    if (url.endsWith("/verify")) {
      tell?.({ pressToCall: performance.now() - pressed, pinToBody: lastDraw - firstDraw });
      return genuineFetch(input, init);
    }
    const response = await genuineFetch(input, init);
    if (url.endsWith("/encryption-key")) keyAnswer = await response.clone().text();
    return response;
  };
  window.nextBody = () => new Promise((settle) => (tell = settle));

  const imported = () => {
    const { spki } = JSON.parse(keyAnswer);
    return window.jose.importSPKI(`-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----`, "RSA-OAEP-256");
  };
  const body = async (pin, key) => {
    const jwe = await new window.jose.CompactEncrypt(new TextEncoder().encode(JSON.stringify({ pin })))
      .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM" })
      .encrypt(key);
    return JSON.stringify({ challenge: "1", factor: "pin", entry: { jwe } });
  };
  const timed = async (work) => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };
  let key;
  window.prepareJose = async () => void (key = await imported());
  window.josePrepared = (pin) => timed(() => body(pin, key));
  window.joseImporting = (pin) => timed(async () => body(pin, await imported()));
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
