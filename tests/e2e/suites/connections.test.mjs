// Few connections, and proxies that gather what should be a stream.

import assert from "node:assert/strict";
import { PIN, calls, newSecret } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const strict = { page: "/strict.html" };

const mountOn = ({ page }, secrets) =>
  page.evaluate(async (secrets) => {
    const { mount } = await import("/pkg/index.js");
    window.handles = secrets.map((clientSecret) => {
      const place = document.getElementById("approval").appendChild(document.createElement("section"));
      return mount(place, { clientSecret, baseUrl: "/sca", locale: "en" });
    });
    await Promise.all(window.handles.map(({ ready }) => ready));
  }, secrets);

for (const [what, head] of [["the body", true], ["the whole answer", false]]) {
  scenario(`where a proxy gathers ${what} of the stream, a change elsewhere is seen within five seconds`, strict, async (stage) => {
    const { page, widget, proxy } = stage;
    proxy.fault("GET", calls.events, ({ outgoing }) => {
      if (!head) return;
      outgoing.writeHead(200, { "content-type": "text/event-stream" });
      outgoing.flushHeaders();
    }, Infinity);
    const secret = await newSecret(stage);
    await mountOn(stage, [secret]);
    await widget.pinField.waitFor();
    // It polls instead.
    await proxy.until(() => proxy.sent("GET", calls.approval).length > 1);
    const second = await stage.tab("/strict.html");
    await mountOn(second, [secret]);
    await second.widget.enterPin(PIN);
    await second.widget.heading(text.chooseTitle).waitFor();
    const since = Date.now();
    await widget.heading(text.chooseTitle).waitFor();
    assert.ok(Date.now() - since < 5_000, `${Date.now() - since} ms`);
    assert.equal(await page.evaluate(() => document.visibilityState), "visible");
  });
}

scenario("eight widgets in a page have one stream, and each goes on", strict, async (stage) => {
  const { page, proxy } = stage;
  const secrets = [];
  for (let count = 0; count < 8; count += 1) secrets.push(await newSecret(stage));
  await mountOn(stage, secrets);
  const waiting = () => proxy.sent("GET", calls.events).filter(({ status }) => status === undefined).length;
  for (const place of [0, 7]) {
    const one = page.locator("section").nth(place);
    await one.locator("input").focus();
    await page.keyboard.type(PIN);
    await page.keyboard.press("Enter");
    await one.getByRole("heading", { name: text.chooseTitle }).waitFor();
    assert.equal(waiting(), 1);
  }
});
