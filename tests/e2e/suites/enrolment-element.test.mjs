// The element for enrolments in a page's hands: moved, given attributes by a framework, given another secret or language while it loads.

import assert from "node:assert/strict";
import { Enrolment, shownIn, toBareOverview } from "../harness/enrolment.mjs";
import { held } from "../harness/faults.mjs";
import { scenario } from "../harness/scenario.mjs";
import { beginEnrolment, enrolmentCalls, openBare } from "../harness/security.mjs";

const bare = { page: "/strict.html" };
const reads = ({ proxy }) => proxy.sent("GET", enrolmentCalls.enrolment).length;
const events = (page) => page.evaluate(() => window.enrolmentEvents.map(({ kind }) => kind));

scenario("an element that is moved keeps what was typed, and one whose attributes a framework removes goes on", bare, async (stage) => {
  const { page } = stage;
  const { element } = await toBareOverview(stage);
  await element.button("Change the PIN").click();
  await element.field("New PIN").click();
  await page.keyboard.type("72");
  const before = reads(stage);
  await page.evaluate(() => {
    const shown = document.querySelector("sca-enrolment");
    document.querySelector("main").append(shown);
    shown.removeAttribute("base-url");
    shown.removeAttribute("locale");
    shown.setAttribute("theme", "dark");
  });
  // What was queued meanwhile is done.
  await page.evaluate(() => new Promise((done) => setTimeout(done)));
  assert.equal((await element.field("New PIN").inputValue()).length, 2);
  assert.equal(reads(stage), before);
  assert.deepEqual(await events(page), ["sca-ready"]);
});

scenario("another base URL or another secret starts it again", bare, async (stage) => {
  const { page } = stage;
  const { element } = await toBareOverview(stage);
  await page.evaluate(() => (document.querySelector("sca-enrolment").baseUrl = "/sca/"));
  await stage.until(() => reads(stage) === 2);
  await element.overviewShown();
  const next = await beginEnrolment(stage.customer);
  await page.evaluate((secret) => (document.querySelector("sca-enrolment").clientSecret = secret), next.clientSecret);
  await stage.until(() => reads(stage) === 3);
  await element.overviewShown();
});

scenario("a secret that a listener sets after an error is used", bare, async (stage) => {
  const { page } = stage;
  const { clientSecret } = await openBare(stage);
  await page.evaluate((secret) => {
    const element = document.querySelector("sca-enrolment");
    element.addEventListener("sca-error", () => (element.clientSecret = secret), { once: true });
    element.clientSecret = "malformed";
  }, clientSecret);
  await page.waitForFunction(() => window.enrolmentEvents.some(({ kind }) => kind === "sca-error"));
  await shownIn(page);
});

scenario("a language that is set while the element loads is shown", bare, async (stage) => {
  const { page, proxy } = stage;
  const module = held();
  proxy.fault("GET", "/pkg/dist/sca_enrolment_bg.wasm", module.act);
  await openBare(stage);
  await module.arrived;
  await page.evaluate(() => (document.querySelector("sca-enrolment").locale = "ar"));
  module.release();
  await new Enrolment(page, "ar").overviewShown();
});

scenario("a language that is late is not waited for longer than a moment", bare, async (stage) => {
  const { page, proxy } = stage;
  const texts = held();
  proxy.fault("GET", "/pkg/dist/enrolment-ar.txt", texts.act);
  await openBare(stage, { locale: "ar" });
  await texts.arrived;
  await new Enrolment(page).overviewShown();
  texts.release();
  await new Enrolment(page, "ar").overviewShown();
});

scenario("a server's spelling of the attributes starts it, and the secret leaves the markup", bare, async (stage) => {
  const { page, customer } = stage;
  const { clientSecret } = await beginEnrolment(customer);
  await page.evaluate(async (secret) => {
    await import("/pkg/enrolment/index.js");
    const element = document.createElement("sca-enrolment");
    element.setAttribute("clientsecret", secret);
    element.setAttribute("baseurl", "/sca");
    document.getElementById("approval").append(element);
  }, clientSecret);
  await new Enrolment(page).overviewShown();
  assert.ok(!(await page.evaluate(() => document.documentElement.outerHTML)).includes(clientSecret));
});

scenario("without a secret it says so", { ...bare, expected: [/client secret/] }, async (stage) => {
  const { page } = stage;
  await page.evaluate(async () => {
    window.codes = [];
    document.addEventListener("sca-error", ({ detail }) => window.codes.push(detail.code));
    await import("/pkg/enrolment/index.js");
    document.getElementById("approval").append(document.createElement("sca-enrolment"));
  });
  await page.getByRole("alert").filter({ hasText: "This step can’t be shown." }).waitFor();
  assert.deepEqual(await page.evaluate(() => window.codes), ["client-secret-missing"]);
});

scenario("the secret of an enrolment that has ended starts nothing when it is set again", bare, async (stage) => {
  const { page } = stage;
  const { element, begun } = await toBareOverview(stage);
  const { clientSecret } = begun;
  // A page that is rendered again at each result, with the old secret.
  await page.evaluate((secret) => {
    const shown = document.querySelector("sca-enrolment");
    document.addEventListener("sca-enrolment-result", () => shown.setAttribute("client-secret", secret));
  }, clientSecret);
  const before = reads(stage);
  await element.button(element.words.done).click();
  await page.waitForFunction(() => window.enrolmentEvents.length > 1);
  await page.evaluate((secret) => (document.querySelector("sca-enrolment").clientSecret = secret), clientSecret);
  await page.evaluate(() => new Promise((done) => setTimeout(done)));
  assert.deepEqual(await events(page), ["sca-ready", "sca-enrolment-result"]);
  assert.equal(reads(stage), before);
  assert.ok(!(await page.evaluate(() => document.documentElement.outerHTML)).includes(clientSecret));
});

scenario("an element that is taken out for a moment keeps what was typed, and one in another document is styled there", bare, async (stage) => {
  const { page } = stage;
  const { element } = await toBareOverview(stage);
  await element.button("Change the PIN").click();
  await element.field("New PIN").click();
  await page.keyboard.type("72");
  await page.evaluate(async () => {
    window.shown = document.querySelector("sca-enrolment");
    window.shown.remove();
    await new Promise((settle) => setTimeout(settle, 300));
    document.getElementById("approval").append(window.shown);
  });
  assert.equal((await element.field("New PIN").inputValue()).length, 2);
  await page.evaluate(() => {
    const frame = document.createElement("iframe");
    document.getElementById("approval").append(frame);
    frame.contentDocument.body.append(window.shown);
  });
  await page.waitForFunction(() => window.shown.shadowRoot.querySelector(".sca") && window.shown.shadowRoot.adoptedStyleSheets.length === 1);
});
