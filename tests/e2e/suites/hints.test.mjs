// What a browser says about itself may be wrong, and what a cache has may be old: the widget tries before it believes, and names the cause
// of what fails.

import assert from "node:assert/strict";
import { answer } from "../harness/faults.mjs";
import { calls, nothingHappened, statementShown, toCode, toPin, CODE } from "../harness/journey.mjs";
import { bodyOf } from "../harness/proxy.mjs";
import { scenario } from "../harness/scenario.mjs";

const MODULE = "/pkg/dist/sca_widget_bg.wasm";
const strict = { page: "/strict.html" };

/** The browser says that it is offline for ever, and is not. */
const saysOffline = () => Object.defineProperty(Navigator.prototype, "onLine", { get: () => false });

scenario("a browser that says it is offline, and is not, confirms", { init: saysOffline }, async (stage) => {
  await toCode(stage);
  await stage.widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("a browser that says it is offline, and is not, cancels at the backend", { init: saysOffline }, async (stage) => {
  await toPin(stage);
  await stage.widget.cancel();
  await nothingHappened(stage);
  assert.deepEqual(stage.proxy.sent("POST", calls.cancel).map(({ status }) => status), [200]);
});

for (const [what, file] of [
  ["module", MODULE],
  ["language", "/pkg/dist/en.txt"],
]) {
  scenario(`a ${what} of another release in the browser's cache is fetched once past it`, { ...strict, expected: [/integrity|digest|subresource/i] }, async (stage) => {
    const { page, widget, proxy } = stage;
    const lasting = { "cache-control": "public, max-age=31536000, immutable", "content-type": "text/plain" };
    proxy.fault("GET", file, answer(200, "of another release", lasting));
    await page.evaluate((file) => fetch(file).then((response) => response.text()), file);
    await page.getByRole("button", { name: "Show my statement" }).click();
    await widget.pinField.waitFor();
    assert.equal(proxy.sent("GET", file).length, 2);
  });
}

/** Shows the widget on the strict page, and returns the code and the cause of the error that the page gets. */
async function errorOf({ page }) {
  await page.evaluate(() => {
    window.error = new Promise((settle) => {
      const listen = ({ detail }) => settle({ code: detail.code, cause: String(detail.cause?.message), retryable: detail.retryable });
      document.addEventListener("sca-error", listen, { once: true });
    });
  });
  await page.getByRole("button", { name: "Show my statement" }).click();
  return page.evaluate(() => window.error);
}

const refuses = () => {
  WebAssembly.compile = () => Promise.reject(new WebAssembly.CompileError("made up by a test"));
  WebAssembly.validate = () => false;
};
scenario("a browser that is too old for the module runs its translation", { ...strict, init: refuses }, async (stage) => {
  await stage.page.getByRole("button", { name: "Show my statement" }).click();
  await stage.widget.pinField.waitFor();
});

const full = () => {
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = () => {
    WebAssembly.instantiate = instantiate;
    return Promise.reject(new RangeError("made up by a test"));
  };
};
scenario("a browser without memory for the module says so, and the customer can try again", { ...strict, init: full }, async (stage) => {
  const { page, widget } = stage;
  assert.deepEqual(await errorOf(stage), { code: "out-of-memory", cause: "made up by a test", retryable: true });
  await page.getByRole("button", { name: "Try again" }).click();
  await widget.pinField.waitFor();
});

scenario("a module that is not there is named, with its address and the option for it", { ...strict, expected: [/sca_widget_bg\.wasm/] }, async (stage) => {
  stage.proxy.fault("GET", MODULE, answer(404, "", { "content-type": "text/plain" }), Number.POSITIVE_INFINITY);
  const { code, cause } = await errorOf(stage);
  assert.equal(code, "load-failed");
  assert.ok(cause.includes(MODULE) && cause.includes("wasmUrl"), cause);
});

scenario("scripts that a bundler left without an address ask for the module's", strict, async (stage) => {
  stage.proxy.fault("GET", "/pkg/module.js", async (exchange) => {
    const script = String(await bodyOf(await exchange.forward())).replaceAll("import.meta.url", "undefined");
    exchange.outgoing.writeHead(200, { "content-type": "text/javascript" });
    exchange.outgoing.end(script);
  });
  await stage.page.goto("/strict.html");
  const { code, retryable } = await errorOf(stage);
  assert.deepEqual({ code, retryable }, { code: "wasm-url-unknown", retryable: false });
});

scenario("a browser without a signal for deadlines loads the widget", { ...strict, init: () => delete AbortSignal.timeout }, async (stage) => {
  await stage.page.getByRole("button", { name: "Show my statement" }).click();
  await stage.widget.pinField.waitFor();
});
