// One approval gives one result, even if the page sets its secret again.

import assert from "node:assert/strict";
import { CODE, PIN, calls, newSecret, toPin } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const strict = { page: "/strict.html" };

/** An element of the test's own, on a page that does nothing by itself. Records the results in `window.results`. */
async function ownElement(stage) {
  const { page, widget } = stage;
  const secret = await newSecret(stage);
  await page.evaluate(async (clientSecret) => {
    await import("/pkg/define.js");
    window.results = [];
    document.addEventListener("sca-result", ({ detail }) => window.results.push(detail));
    window.element = document.createElement("sca-widget");
    window.element.setAttribute("base-url", "/sca");
    window.element.setAttribute("client-secret", clientSecret);
    document.querySelector("#approval").append(window.element);
  }, secret);
  await widget.pinField.waitFor();
  return secret;
}

async function toEnd({ page, widget }) {
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await page.waitForFunction(() => window.results.length > 0);
}

const reads = ({ proxy }) => proxy.sent("GET", calls.approval).length;

scenario("the secret of a settled approval starts nothing when it is set again", strict, async (stage) => {
  const { page } = stage;
  const secret = await ownElement(stage);
  // A page that is rendered again at each result, with the old secret.
  await page.evaluate((secret) => {
    document.addEventListener("sca-result", () => window.element.setAttribute("client-secret", secret));
  }, secret);
  await toEnd(stage);
  const before = reads(stage);
  const shown = await page.evaluate(() => window.element.shadowRoot.innerHTML);
  const put = await page.evaluate(async (secret) => {
    const turn = () => new Promise((settle) => setTimeout(settle));
    const was = window.element.handle;
    const same = [];
    for (let times = 0; times < 3; times += 1) {
      window.element.setAttribute("client-secret", secret);
      await turn();
      window.element.clientSecret = secret;
      await turn();
      same.push(window.element.handle === was && window.element.getAttribute("client-secret") === null);
    }
    // A page that is rendered again inserts another element.
    const other = document.createElement("sca-widget");
    other.setAttribute("base-url", "/sca");
    other.setAttribute("client-secret", secret);
    window.element.after(other);
    await turn();
    same.push(other.handle === null && !document.documentElement.outerHTML.includes(secret));
    return same;
  }, secret);
  assert.deepEqual(put, [true, true, true, true]);
  assert.equal(await page.evaluate(() => window.element.shadowRoot.innerHTML), shown, "the outcome stays visible");
  assert.deepEqual(await page.evaluate(() => window.results.map(({ outcome }) => outcome)), ["approved"]);
  assert.equal(reads(stage), before, "no further call");
});

scenario("a second mount of a settled approval gets its result, without events and calls", strict, async (stage) => {
  const { page } = stage;
  const secret = await ownElement(stage);
  await toEnd(stage);
  const before = reads(stage);
  const answer = await page.evaluate(async (secret) => {
    const { mount } = await import("/pkg/index.js");
    const handle = mount("#approval", { clientSecret: secret, baseUrl: "/sca" });
    await handle.ready;
    const result = await handle.result;
    await handle.destroy();
    return { result, results: window.results };
  }, secret);
  assert.equal(answer.result.outcome, "approved");
  assert.deepEqual(answer.results, [answer.result], "once, the first time");
  assert.equal(reads(stage), before);
});

scenario("another secret in the same element is another approval with its own result", strict, async (stage) => {
  const { page, widget } = stage;
  const secret = await ownElement(stage);
  await widget.cancel();
  await page.waitForFunction(() => window.results.length === 1);
  const next = await newSecret(stage);
  assert.notEqual(next, secret);
  await page.evaluate((next) => window.element.setAttribute("client-secret", next), next);
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await page.waitForFunction(() => window.results.length === 2);
  assert.deepEqual(await page.evaluate(() => window.results.map(({ outcome }) => outcome)), ["cancelled", "approved"]);
});

scenario("an approval whose secret is removed and set again continues", strict, async (stage) => {
  const { page, widget } = stage;
  await ownElement(stage);
  await page.evaluate(() => {
    window.place = window.element.parentElement;
    window.element.remove();
  });
  await page.waitForFunction(() => window.element.handle === null);
  await page.evaluate(() => window.place.append(window.element));
  await toEnd(stage);
  assert.deepEqual(await page.evaluate(() => window.results.map(({ outcome }) => outcome)), ["approved"]);
  await widget.heading(text.approved).waitFor();
});

scenario("attributes that a framework removes and restores change nothing", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type("12");
  await page.evaluate(async () => {
    const element = document.querySelector("sca-widget");
    for (const name of ["base-url", "locale", "frame-origins"]) {
      const value = element.getAttribute(name);
      element.removeAttribute(name);
      await new Promise((settle) => setTimeout(settle));
      if (value !== null) element.setAttribute(name, value);
      await new Promise((settle) => setTimeout(settle));
      element.removeAttribute(name);
    }
    await new Promise((settle) => setTimeout(settle));
  });
  assert.equal(await widget.pinField.inputValue(), "••", "the typed digits stay");
  await page.keyboard.type("34");
  await widget.confirm.click();
  await widget.heading(text.chooseTitle).waitFor();
  assert.equal(await page.evaluate(() => document.querySelector("sca-widget").baseUrl), "/sca");
});
