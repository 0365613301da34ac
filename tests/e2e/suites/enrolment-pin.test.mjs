// A customer's PIN in the element for enrolments: chosen, changed, removed; and what is said when it is not.

import assert from "node:assert/strict";
import { Enrolment, ended, shownIn, toBareOverview, toOverview } from "../harness/enrolment.mjs";
import { answer, answerLost, changed, held, problem } from "../harness/faults.mjs";
import { CODE } from "../harness/journey.mjs";
import { focusComesTo, tabTo } from "../harness/keyboard.mjs";
import { assertAbsent, leftInPage } from "../harness/leaks.mjs";
import { scenario } from "../harness/scenario.mjs";
import {
  callEnrolment,
  enrolmentCalls,
  factorsOf,
  lastEnrolment,
  onSecurity,
  openBare,
  showEnrolment,
  withoutPin,
} from "../harness/security.mjs";

const bare = { page: "/strict.html" };
const noPin = { customer: withoutPin };
const sent = ({ proxy }, path) => proxy.sent("POST", path).length;

/** The state of the PIN that the overview shows. */
const assertPin = async (element, state) => {
  await element.factor("PIN").getByText(state, { exact: true }).waitFor();
};

scenario("a customer sets a PIN, is told so by mail, and confirms with it", { ...onSecurity, ...noPin }, async (stage) => {
  const { page, widget, customer } = stage;
  const element = await toOverview(stage, { pin: null });
  await assertPin(element, "Not known here");
  await element.button("Set a PIN").click();
  await element.heading("Choose a PIN").waitFor();
  await element.choosePin("7294");
  await element.notice("Your PIN is set.").waitFor();
  await assertPin(element, "Set up");
  await page.getByText(/a PIN was set/).first().waitFor();
  await element.button("Done").click();
  await element.heading("How you confirm payments").waitFor({ state: "detached" });
  assert.equal((await customer.now()).pinSet, true);

  await customer.behave({});
  // A payment asks, even within five minutes of the approval before.
  await page.goto("/");
  await page.getByRole("button", { name: "Send the transfer" }).click();
  await widget.enterPin("7294");
  await widget.choose(widget.words.sms);
  await widget.enterCode(CODE);
  await page.getByRole("heading", { name: "Transfer sent" }).waitFor();
});

scenario("a customer changes the PIN, and removes it", bare, async (stage) => {
  const { customer } = stage;
  const { element } = await toBareOverview(stage);
  await element.button("Change the PIN").click();
  await element.heading("Choose a new PIN").waitFor();
  await stage.page.getByText("The old PIN is removed first.").waitFor();
  await element.choosePin("7294");
  await element.notice("Your PIN is changed.").waitFor();
  await assertPin(element, "Set up");
  await element.button("Remove the PIN").click();
  await element.heading("Remove your PIN?").waitFor();
  await element.button("Remove").click();
  await element.notice("Your PIN is removed.").waitFor();
  await assertPin(element, "Not set up");
  assert.equal((await customer.now()).pinSet, false);
});

scenario("a change whose second half fails says that there is no PIN now", bare, async (stage) => {
  const { customer } = stage;
  const { element } = await toBareOverview(stage);
  // Wise says that there is a PIN, and refuses the new one when the old one is removed.
  await customer.fault("pin-create", { kind: "status", status: 409 });
  await customer.fault("pin-create", { kind: "status", status: 422 });
  await element.button("Change the PIN").click();
  await element.choosePin("7294");
  await element.notice("Your old PIN is removed, but the new one could not be set.").waitFor();
  await assertPin(element, "Not set up");
  assert.equal((await customer.now()).pinSet, false);
  await element.button("Set a PIN").click();
  await element.choosePin("7294");
  await element.notice("Your PIN is set.").waitFor();
});

scenario("two PINs that differ are not sent, and both are asked for again", { ...bare, ...noPin }, async (stage) => {
  const { element } = await toBareOverview(stage, {}, { pin: null });
  await element.button("Set a PIN").click();
  await element.choosePin("7294", "7249");
  await element.notice("The two PINs are not the same.").waitFor();
  for (const name of ["New PIN", "The new PIN again"]) assert.equal(await element.field(name).inputValue(), "", name);
  assert.equal(await element.field("New PIN").evaluate((field) => field.getRootNode().activeElement === field), true);
  assert.equal(sent(stage, enrolmentCalls.pin), 0);
  await element.choosePin("7294");
  await element.notice("Your PIN is set.").waitFor();
});

for (const [pin, why] of [
  ["1111", "This PIN repeats digits."],
  ["1212", "This PIN repeats digits."],
  ["4321", "These digits follow each other."],
  ["1987", "This PIN is a year."],
]) {
  scenario(`a PIN that is easy to guess is warned about: ${pin}`, { ...bare, ...noPin }, async (stage) => {
    const { element } = await toBareOverview(stage, {}, { pin: null });
    await element.button("Set a PIN").click();
    await element.field("New PIN").click();
    await stage.page.keyboard.type(pin);
    await element.notice(why).waitFor();
    await element.field("The new PIN again").click();
    await stage.page.keyboard.type(pin);
    await element.button("Save the PIN").click();
    await element.notice("Your PIN is set.").waitFor();
  });
}

scenario("by the partner's policy a PIN that is easy to guess is refused", { ...bare, ...noPin }, async (stage) => {
  stage.proxy.fault("GET", enrolmentCalls.enrolment, changed((body) => ({ ...body, weakPins: "refused" })), Number.POSITIVE_INFINITY);
  const { element } = await toBareOverview(stage, {}, { pin: null });
  await element.button("Set a PIN").click();
  await element.choosePin("1111");
  await element.notice("That PIN is easy to guess and is not accepted.").waitFor();
  assert.equal(sent(stage, enrolmentCalls.pin), 0);
});

scenario("letters, three digits and five; digits of another script", { ...bare, ...noPin }, async (stage) => {
  const { page } = stage;
  const { element } = await toBareOverview(stage, {}, { pin: null });
  await element.button("Set a PIN").click();
  await element.field("New PIN").click();
  await page.keyboard.type("7a");
  await element.notice("Please use digits only.").waitFor();
  await page.keyboard.type("29");
  await element.button("Save the PIN").click();
  await element.notice(/Please enter all .?4.? digits/).waitFor();
  assert.equal(await element.field("New PIN").evaluate((field) => field.getRootNode().activeElement === field), true);
  await page.keyboard.type("46");
  assert.equal((await element.field("New PIN").inputValue()).length, 4);
  await element.field("The new PIN again").click();
  await page.keyboard.type("٧٢٩٤");
  await element.button("Save the PIN").click();
  await element.notice("Your PIN is set.").waitFor();
  assert.equal(sent(stage, enrolmentCalls.pin), 1);
});

scenario("a PIN that was set elsewhere meanwhile stays, and the customer is told", { ...bare, ...noPin }, async (stage) => {
  const { element } = await toBareOverview(stage, {}, { pin: null });
  await element.button("Set a PIN").click();
  await factorsOf(stage).set({ pin: "8888" });
  await element.choosePin("7294");
  await element.notice("You have a PIN already, so nothing has changed.").waitFor();
  await assertPin(element, "Set up");
});

scenario("a lost answer claims nothing, and shows what is known", { ...bare, ...noPin }, async (stage) => {
  const { proxy, customer } = stage;
  const { element } = await toBareOverview(stage, {}, { pin: null });
  proxy.fault("POST", enrolmentCalls.pin, answerLost);
  await element.button("Set a PIN").click();
  await element.choosePin("7294");
  await element.notice("The answer was lost, so we do not know whether your PIN is set.").waitFor();
  // The backend has the provider's answer.
  await assertPin(element, "Set up");
  assert.equal((await customer.now()).pinSet, true);
  // A browser may repeat a request by itself; the idempotency key tells.
  const keys = proxy.sent("POST", enrolmentCalls.pin).map(({ headers }) => headers["idempotency-key"]);
  assert.equal(new Set(keys).size, 1);
});

scenario("a server that asks to wait is waited for", { ...bare, ...noPin }, async (stage) => {
  const { element } = await toBareOverview(stage, {}, { pin: null });
  stage.proxy.fault("POST", enrolmentCalls.pin, problem(429, "too-many-requests", { retryAfter: 2 }, { "retry-after": "2" }));
  await element.button("Set a PIN").click();
  await element.choosePin("7294");
  await stage.page.getByText(/^You can go on in/).waitFor();
  await stage.page.getByText(/^You can go on in/).waitFor({ state: "hidden" });
  await element.choosePin("7294");
  await element.notice("Your PIN is set.").waitFor();
});

scenario("what is typed is gone after Back, and the overview is there again", { ...bare, ...noPin }, async (stage) => {
  const { element } = await toBareOverview(stage, {}, { pin: null });
  await element.button("Set a PIN").click();
  await element.field("New PIN").click();
  await stage.page.keyboard.type("7294");
  await element.button("Back").click();
  await element.overviewShown();
  await element.button("Set a PIN").click();
  assert.equal(await element.field("New PIN").inputValue(), "");
  assert.equal(sent(stage, enrolmentCalls.pin), 0);
});

scenario("after a reload half-way the page continues with the enrolment", { ...onSecurity, ...noPin }, async (stage) => {
  const { page } = stage;
  const element = await toOverview(stage, { pin: null });
  await element.button("Set a PIN").click();
  await element.field("New PIN").click();
  await page.keyboard.type("72");
  await page.reload();
  await element.overviewShown();
  await element.button("Set a PIN").click();
  await element.choosePin("7294");
  await element.notice("Your PIN is set.").waitFor();
});

scenario("by the browser's back button the page continues with the enrolment", onSecurity, async (stage) => {
  const { page } = stage;
  const element = await toOverview(stage);
  await element.button("Change the PIN").click();
  await page.goto("/strict.html");
  await page.goBack();
  await element.button("Change the PIN").or(element.field("New PIN")).first().waitFor();
  assert.equal((await callEnrolment(lastEnrolment(stage), "GET", "")).said.status, "open");
});

scenario("an enrolment that was begun in one tab is finished in another", bare, async (stage) => {
  const { begun, element } = await toBareOverview(stage);
  const tab = await stage.tab("/strict.html");
  await showEnrolment(tab.page, begun.clientSecret);
  const other = await shownIn(tab.page);
  await other.button("Remove the PIN").click();
  await other.button("Remove").click();
  await other.notice("Your PIN is removed.").waitFor();
  // The first tab does not know yet: nothing is removed twice.
  await element.button("Remove the PIN").click();
  await element.button("Remove").click();
  await element.notice("You had no PIN").waitFor();
  await other.button("Done").click();
  assert.deepEqual(await ended(tab.page), { outcome: "done", enrolmentId: begun.id, reason: null });
  await element.button("Set a PIN").click();
  await element.choosePin("7294");
  await element.heading("This has ended").waitFor();
  assert.deepEqual(await ended(stage.page), { outcome: "ended", enrolmentId: begun.id, reason: null });
});

scenario("a secret that is over, of another customer or made up shows no factor", bare, async (stage) => {
  const { begun, element } = await toBareOverview(stage);
  await callEnrolment(begun, "POST", "/end");
  await showEnrolment(stage.page, begun.clientSecret);
  await element.heading("This has ended").waitFor();
  assert.deepEqual(await ended(stage.page), { outcome: "ended", enrolmentId: null, reason: null });
  await showEnrolment(stage.page, begun.clientSecret.replace(begun.id, "enr_AAAAAAAAAAAAAAAAAAAAAA"));
  await element.heading("This has ended").waitFor();
  await showEnrolment(stage.page, "appr_1_secret_x");
  await stage.page.waitForFunction(() => window.enrolmentEvents.length > 0);
  const [{ kind, detail }] = await stage.page.evaluate(() => window.enrolmentEvents.map(({ kind, detail }) => ({ kind, detail: detail.code })));
  assert.deepEqual([kind, detail], ["sca-error", "client-secret-malformed"]);
});

scenario("when the server cannot be reached, the customer is asked, and continues", { ...bare, clock: true }, async (stage) => {
  const { page, proxy, clock } = stage;
  proxy.fault("GET", enrolmentCalls.enrolment, answer(502, ""), 4);
  await openBare(stage);
  const answered = () => proxy.sent("GET", enrolmentCalls.enrolment).filter(({ status }) => status !== undefined).length;
  for (const [made, seconds] of [1, 2, 4].entries()) {
    await proxy.until(() => answered() > made);
    await clock.forward(seconds);
  }
  const element = new Enrolment(page);
  await element.heading("We cannot reach the server").waitFor();
  await element.button("Try again").click();
  await element.overviewShown();
});

scenario("no PIN and no secret is left in the page, in its storage or in a URL", { ...bare, ...noPin }, async (stage) => {
  const { page, proxy } = stage;
  const { begun, element } = await toBareOverview(stage, {}, { pin: null });
  await element.button("Set a PIN").click();
  await element.choosePin("7294");
  await element.notice("Your PIN is set.").waitFor();
  const secrets = { pin: "7294", secret: begun.clientSecret };
  for (const [where, content] of Object.entries(await leftInPage(page))) assertAbsent(secrets, where, String(content));
  for (const { url, body, path } of proxy.sent("POST", enrolmentCalls.pin)) assertAbsent(secrets, path, `${url} ${body}`);
});

scenario("without a pointer a PIN is set, and the focus follows the screens", { ...bare, ...noPin }, async (stage) => {
  const { page } = stage;
  const { element } = await toBareOverview(stage, {}, { pin: null });
  await tabTo(page, "Set a PIN");
  await page.keyboard.press("Enter");
  await focusComesTo(page, "New PIN");
  await page.keyboard.type("7294");
  await page.keyboard.press("Tab");
  await focusComesTo(page, "The new PIN again");
  await page.keyboard.type("7294");
  await page.keyboard.press("Enter");
  await element.notice("Your PIN is set.").waitFor();
  await focusComesTo(page, "How you confirm payments");
});

/** A browser whose storage answers only when the test says so. */
const slowStorage = () => {
  const open = IDBFactory.prototype.open;
  const released = new Promise((resolve) => (window.releaseStorage = resolve));
  IDBFactory.prototype.open = function (...given) {
    const promised = {};
    released.then(() => {
      const opening = open.apply(this, given);
      for (const name of ["onupgradeneeded", "onerror", "onsuccess"]) opening[name] = promised[name];
      Object.defineProperty(promised, "result", { get: () => opening.result });
    });
    return promised;
  };
};

scenario("when the overview learns something, the focus stays on the same button", { ...bare, init: slowStorage }, async (stage) => {
  const { page } = stage;
  await toBareOverview(stage);
  await tabTo(page, "Change the PIN");
  await page.evaluate(() => {
    document.querySelector("sca-enrolment").shadowRoot.querySelector(".sca-factors").id = "before";
    window.releaseStorage();
  });
  await page.locator("sca-enrolment .sca-factors:not(#before)").waitFor();
  await focusComesTo(page, "Change the PIN");
});

scenario("that a PIN is being saved is said, and then that it is set", { ...bare, ...noPin }, async (stage) => {
  const { page, proxy } = stage;
  const { element } = await toBareOverview(stage, {}, { pin: null });
  const call = held();
  proxy.fault("POST", enrolmentCalls.pin, call.act);
  await element.button("Set a PIN").click();
  await element.choosePin("7294");
  const said = () =>
    page.evaluate(() => {
      const lines = document.querySelector("sca-enrolment").shadowRoot.querySelectorAll("[role=status] p");
      return [...lines].map(({ textContent }) => textContent).filter(Boolean);
    });
  await element.notice("Saving…").waitFor({ state: "attached" });
  assert.deepEqual(await said(), ["Saving…"]);
  call.release();
  await element.notice("Your PIN is set.").waitFor();
  assert.deepEqual(await said(), ["Your PIN is set."]);
});

scenario("what is wrong is said once: by the field that gets the focus, or else by the notice", { ...bare, ...noPin, clock: true }, async (stage) => {
  const { page } = stage;
  const { element } = await toBareOverview(stage, {}, { pin: null });
  // At the next tick of the clock the notice is announced again.
  await stage.clock.stop(60);
  const isAnnounced = async () => (await page.locator("sca-enrolment [part~=notice]").getAttribute("aria-live")) !== "off";
  await element.button("Set a PIN").click();
  await element.field("New PIN").click();
  await page.keyboard.type("72");
  await element.button("Save the PIN").click();
  await element.notice("Please enter all").waitFor();
  await focusComesTo(page, "New PIN");
  assert.equal(await isAnnounced(), false);
  await page.keyboard.type("9");
  await page.keyboard.press("Enter");
  await element.notice("Please enter all").waitFor();
  assert.equal(await isAnnounced(), true);

  await element.button("Back").click();
  await element.button("Add this browser").click();
  await element.field("A name for this device").fill("");
  await element.button("Add").click();
  await element.notice("Please enter a name").waitFor();
  assert.equal(await element.field("A name for this device").evaluate((field) => field.getRootNode().activeElement === field), true);
  assert.equal(await isAnnounced(), false);
  await stage.clock.forward(1);
  assert.equal(await isAnnounced(), true);
});
