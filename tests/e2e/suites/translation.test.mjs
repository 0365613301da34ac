// Where there is no WebAssembly, as in some lockdown modes, the module runs as JavaScript. `node tests/e2e/run.mjs --without-wasm` runs every
// other suite like that; a policy without WebAssembly is in the suite strict.

import assert from "node:assert/strict";
import { answer } from "../harness/faults.mjs";
import { CODE, PIN, statementShown, toCode, toPin } from "../harness/journey.mjs";
import { bodyOf } from "../harness/proxy.mjs";
import { scenario } from "../harness/scenario.mjs";
import { noWebAssembly } from "../harness/webassembly.mjs";
import { executedShown, inFrame, toFrame, walk } from "../harness/wire.mjs";

const TRANSLATION = "/pkg/dist/sca_translation.js";
const without = { init: noWebAssembly };

for (const language of ["en", "ar"]) {
  scenario(`a statement, ${language}, by PIN and code: one script, and no module`, { ...without, language }, async (stage) => {
    const { proxy, widget } = stage;
    await toPin(stage);
    await widget.enterPin("9999");
    await widget.notice(widget.words.wrong).waitFor();
    await widget.enterPin(PIN);
    await widget.choose(widget.words.voice);
    await widget.enterCode(CODE);
    await widget.page.locator("sca-widget").waitFor({ state: "detached" });
    const files = proxy.seen.map(({ path }) => path).filter((path) => /sca_translation|\.wasm/.test(path));
    assert.deepEqual(files, [TRANSLATION]);
  });
}

scenario("a browser without WebAssembly and without a compiler of JavaScript", { lockedDown: true }, async (stage) => {
  const { page, widget } = stage;
  assert.equal(await page.evaluate(() => typeof WebAssembly), "undefined");
  await toCode(stage);
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("a face check in FaceSign's frame", without, async (stage) => {
  await toFrame(stage);
  await walk(inFrame(stage));
  await executedShown(stage);
});

/** Records every memory that the translation allocates. */
const recordMemories = () => {
  window.memories = [];
  window.ArrayBuffer = new Proxy(ArrayBuffer, {
    construct(target, given) {
      const buffer = new target(...given);
      if (buffer.byteLength >= 1 << 20) window.memories.push(buffer);
      return buffer;
    },
  });
};
const bytesLeft = () => window.memories.map((buffer) => new Uint8Array(buffer).reduce((count, byte) => count + (byte !== 0), 0));

scenario("a memory that grew is wiped where it was", { init: [noWebAssembly, recordMemories] }, async (stage) => {
  await toCode(stage);
  const left = await stage.page.evaluate(bytesLeft);
  assert.ok(left.length > 1, "the memory has grown");
  assert.ok(left.pop() > 1_000, "the last one is in use");
  assert.deepEqual([...new Set(left)], [0]);
});

/** Has each call into the translation trap while `window.traps` is true. */
async function trapping(exchange) {
  exchange.record.headers["accept-encoding"] = "identity";
  const real = await exchange.forward();
  const script = (await bodyOf(real)).toString();
  const [trap] = /throw new \w+\("unreachable"\)/.exec(script);
  const call = /(try\{)(return \w+\(\.\.\.\w+\)\}catch)/;
  assert.equal(script.split(call).length, 4, "one place calls the exports");
  const body = Buffer.from(script.replace(call, `$1if(window.traps)${trap};$2`));
  exchange.outgoing.writeHead(200, { ...real.headers, "content-length": body.length });
  exchange.outgoing.end(body);
}

const crashing = { page: null, init: [noWebAssembly, recordMemories], expected: [/unreachable/, /sca_translation\.js/] };
scenario("a trap ends the widget, its memory is wiped, and another start goes on", crashing, async (stage) => {
  const { page, proxy, widget } = stage;
  proxy.fault("GET", TRANSLATION, trapping);
  await page.goto("/");
  await toPin(stage);
  await page.evaluate(() => (window.traps = true));
  await widget.pinField.press("1");
  await page.getByRole("alert").getByText("Something went wrong here.").waitFor();
  assert.deepEqual([...new Set(await page.evaluate(bytesLeft))], [0]);
  await page.evaluate(() => (window.traps = false));
  await page.getByRole("button", { name: "Try again" }).click();
  await widget.enterPin(PIN);
  await widget.choose(widget.words.sms);
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("a translation that does not arrive is reported as a file that did not arrive", { ...without, page: "/strict.html", expected: [/sca_translation\.js/, /404/] }, async (stage) => {
  const { page, proxy } = stage;
  proxy.fault("GET", TRANSLATION, answer(404, "", { "content-type": "text/plain" }), Number.POSITIVE_INFINITY);
  await page.evaluate(() => {
    window.errors = [];
    document.addEventListener("sca-error", ({ detail }) => window.errors.push([detail.code, detail.retryable]));
  });
  await page.getByRole("button", { name: "Show my statement" }).click();
  await page.getByRole("alert").filter({ hasText: "This step didn’t load." }).waitFor();
  assert.deepEqual(await page.evaluate(() => window.errors), [["load-failed", true]]);
});
