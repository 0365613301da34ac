// The smallest integration under the strictest policy, and what a partner sees when a policy blocks something.

import assert from "node:assert/strict";
import { assertAccessible } from "../harness/accessibility.mjs";
import { answer, brokenBody, changed } from "../harness/faults.mjs";
import { CODE, PIN, calls } from "../harness/journey.mjs";
import { bodyOf } from "../harness/proxy.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const strict = { page: "/strict.html" };
const show = ({ page }) => page.getByRole("button", { name: "Show my statement" }).click();

/** The page, with another policy than the partner's server sends. */
const withPolicy = (change) => async (exchange) => {
  const real = await exchange.forward();
  const policy = real.headers["content-security-policy"];
  exchange.outgoing.writeHead(real.statusCode, { ...real.headers, "content-security-policy": change(policy) });
  exchange.outgoing.end(await bodyOf(real));
};

scenario("every page is served with the policy that the widget supports", { page: null }, async ({ page }) => {
  for (const path of ["/", "/strict.html", "/hostile.html"]) {
    const policy = (await page.goto(path)).headers()["content-security-policy"];
    for (const directive of [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      "connect-src 'self'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]) {
      assert.ok(policy.includes(directive), `${path}: ${directive}`);
    }
  }
});

scenario("a complete approval violates no directive of the strictest policy", strict, async (stage) => {
  const { page, widget } = stage;
  await show(stage);
  await widget.enterPin("9999");
  await widget.notice(text.wrong).waitFor();
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode("999999");
  await widget.notice(text.wrong).waitFor();
  await widget.button(text.otherFactor).click();
  await widget.choose(text.voice);
  await widget.enterCode(CODE);
  await page.getByText(/Your statement has \d+ entries/).waitFor();
  assert.equal(await page.locator("#approval").evaluate((place) => place.childElementCount), 0, "destroy() leaves nothing");
});

scenario("the strict page is accessible at every step", strict, async (stage) => {
  const { page, widget } = stage;
  await show(stage);
  await widget.pinField.waitFor();
  await assertAccessible(page, "PIN");
  await widget.enterPin(PIN);
  await widget.heading(text.chooseTitle).waitFor();
  await assertAccessible(page, "choice");
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  await assertAccessible(page, "code");
});

scenario("a policy without WebAssembly: the module runs as JavaScript, to a complete approval", { page: null, expected: [/wasm/i, /WebAssembly/] }, async (stage) => {
  const { page, proxy, widget } = stage;
  proxy.fault("GET", "/strict.html", withPolicy((policy) => policy.replace(" 'wasm-unsafe-eval'", "")));
  await page.goto("/strict.html");
  await show(stage);
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await page.getByText(/Your statement has \d+ entries/).waitFor();
  assert.equal(proxy.sent("GET", "/pkg/dist/sca_translation.js").length, 1);
});

for (const [what, act, expected] of [
  ["is missing", answer(404, "", { "content-type": "text/plain" }), [/sca_widget_bg\.wasm/]],
  ["is cut off", brokenBody, [/sca_widget_bg\.wasm/]],
  ["has other bytes", changedBytes, [/sca_widget_bg\.wasm/]],
]) {
  scenario(`a module that ${what} is reported, and can be retried`, { ...strict, expected }, async (stage) => {
    const { page, widget, proxy } = stage;
    // The second time past the caches.
    proxy.fault("GET", "/pkg/dist/sca_widget_bg.wasm", act, 2);
    await show(stage);
    await page.getByRole("alert").filter({ hasText: "This step didn’t load." }).waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await widget.enterPin(PIN);
    await widget.heading(text.chooseTitle).waitFor();
  });
}

async function changedBytes(exchange) {
  const real = await exchange.forward();
  const body = await bodyOf(real);
  body[body.length >> 1] ^= 1;
  exchange.outgoing.writeHead(200, { "content-type": "application/wasm" });
  exchange.outgoing.end(body);
}

scenario("invalid options are reported by a code", strict, async ({ page }) => {
  const codes = await page.evaluate(async () => {
    const { mount } = await import("/pkg/index.js");
    const said = async (options) => {
      const handle = mount("#approval", options);
      const code = await handle.ready.then(() => "ready", (error) => error.code);
      const { outcome, reason } = await handle.result;
      handle.unmount();
      return [code, outcome, reason];
    };
    const secret = `appr_1_secret_${"a".repeat(43)}`;
    return [
      await said({ baseUrl: "/sca" }),
      await said({ clientSecret: "<script>", baseUrl: "/sca" }),
      await said({ clientSecret: secret }),
      await said({ clientSecret: secret, baseUrl: "javascript:alert(1)" }),
      await said({ clientSecret: secret, baseUrl: "http://partner.example/sca" }),
      await said({ clientSecret: secret, baseUrl: "/sca?secret=1" }),
    ];
  });
  assert.deepEqual(codes, [
    ["client-secret-missing", "failed", "client-secret-missing"],
    ["client-secret-malformed", "failed", "client-secret-malformed"],
    ["base-url-missing", "failed", "base-url-missing"],
    ["base-url-malformed", "failed", "base-url-malformed"],
    ["base-url-insecure", "failed", "base-url-insecure"],
    ["base-url-malformed", "failed", "base-url-malformed"],
  ]);
});

scenario("an invalid client secret ends as failed", strict, async ({ page, widget }) => {
  const result = page.evaluate(async () => {
    const { mount } = await import("/pkg/index.js");
    return mount("#approval", { clientSecret: `appr_1_secret_${"a".repeat(43)}`, baseUrl: "/sca" }).result;
  });
  await widget.heading(text.failed).waitFor();
  assert.deepEqual(await result, { outcome: "failed", approvalId: null, reason: "session-ended" });
});

for (const locale of ["", "xx", "en-GB-oxendict", "not a tag!", "ar-EG", "zh-Hant-TW"]) {
  scenario(`the locale "${locale}" does not fail`, strict, async (stage) => {
    const { page, proxy } = stage;
    proxy.fault("GET", "/strict.js", async (exchange) => {
      const real = await exchange.forward();
      const script = (await bodyOf(real)).toString().replace('locale: "en"', `locale: ${JSON.stringify(locale)}`);
      exchange.outgoing.writeHead(200, { "content-type": "text/javascript" });
      exchange.outgoing.end(script);
    });
    await page.reload();
    await show(stage);
    await page.getByRole("textbox", { name: locale.startsWith("ar") ? words.ar.pinTitle : text.pinTitle }).waitFor();
  });
}

scenario("a payee's name is shown as text, even if it looks like HTML", { ...strict, page: "/" }, async (stage) => {
  const { page, widget, proxy } = stage;
  const name = '<img src=x onerror="document.title=1">\u202Eevil';
  proxy.fault("GET", calls.approval, changed((approval) => void (approval.action.payments[0].payee = name)));
  await page.locator("#transfer").getByRole("button").click();
  await widget.pinField.waitFor();
  await widget.says("<img src=x onerror=");
  assert.equal(await page.title(), "Brightside");
  assert.equal(await page.locator("sca-widget img").count(), 0);
  assert.doesNotMatch(await page.locator("sca-widget").evaluate((host) => host.shadowRoot.textContent), /\u202E/);
});
