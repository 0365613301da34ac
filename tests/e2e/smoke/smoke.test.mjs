// The main flows, run in every engine on each commit.

import assert from "node:assert/strict";
import { assertSentAndWiped, keepBodies, sendLate } from "../harness/bodies.mjs";
import { toBareOverview } from "../harness/enrolment.mjs";
import { CODE, PIN, calls, statementShown, toCode, toPin } from "../harness/journey.mjs";
import { WEAVR_CODE, assertPaid, paidShown, phoneAwaited, toPhone, toWeavrCode, weavrOf } from "../harness/payments.mjs";
import { scenario } from "../harness/scenario.mjs";
import { withoutPin } from "../harness/security.mjs";
import { frameElement, pages, toFrame } from "../harness/wire.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const isEncrypted = ({ jwe }) => assert.match(jwe, /^[\w-]+(\.[\w-]+){4}$/);
const isCode = ({ code }) => assert.equal(code, CODE);

for (const [how, init] of [
  ["", [keepBodies]],
  [", by a page whose own fetch sends later", [keepBodies, sendLate]],
]) {
  scenario(`a statement is shown after PIN and code; both arrive, and are wiped from the page's memory${how}`, { init }, async (stage) => {
    await toCode(stage);
    await stage.widget.enterCode(CODE);
    await statementShown(stage);
    await assertSentAndWiped(stage, calls.verify, [isEncrypted, isCode]);
  });
}

scenario("a transfer is sent after a wrong PIN", {}, async (stage) => {
  const { page, widget, customer } = stage;
  await page.getByRole("button", { name: "Send the transfer" }).click();
  await widget.enterPin("9999");
  await widget.notice(text.attemptsLeft(4)).waitFor();
  assert.equal(await widget.pinField.inputValue(), "");
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  await widget.says("€1,250.00");
  await widget.enterCode(CODE);
  await page.getByRole("heading", { name: "Transfer sent" }).waitFor();
  const { transfers } = await customer.now();
  assert.deepEqual(transfers[customer.transferIds[0]], { executedPayments: 1, refusedAgain: 0 });
});

scenario("PIN and code can be pasted", { context: { permissions: ["clipboard-read", "clipboard-write"] } }, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await widget.paste(PIN);
  assert.equal(await widget.pinField.inputValue(), "••••");
  await widget.confirm.click();
  await widget.choose(text.sms);
  for (const pasted of ["111-111", " 111 111\n", "١١١١١١"]) {
    await widget.codeField.click();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.press("Delete");
    await widget.paste(pasted);
    assert.equal(await widget.codeField.inputValue(), CODE, pasted);
  }
  await widget.confirm.click();
  await statementShown(stage);
});

scenario("a payment through Weavr is confirmed by a code", {}, async (stage) => {
  await toWeavrCode(stage);
  await stage.widget.enterCode(WEAVR_CODE);
  await paidShown(stage);
  await assertPaid(weavrOf(stage), 1);
});

scenario("a payment through Weavr is confirmed on the phone, and continues after a reload", {}, async (stage) => {
  const { page } = stage;
  await toPhone(stage);
  await page.reload();
  await phoneAwaited(stage);
  await weavrOf(stage).answerPush("approve");
  await paidShown(stage);
  await assertPaid(weavrOf(stage), 1);
});

scenario("a wire opens FaceSign's page in its frame", {}, async (stage) => {
  await toFrame(stage);
  const address = new URL(await frameElement(stage).getAttribute("src"));
  assert.equal(address.origin, pages());
  await stage.widget.heading(text.faceShown).waitFor();
});

scenario("in Arabic text is right-to-left, and codes are left-to-right", { language: "ar" }, async (stage) => {
  const { page, widget } = stage;
  const direction = (locator) => locator.evaluate((element) => getComputedStyle(element).direction);
  await toCode(stage);
  assert.equal(await direction(widget.heading(words.ar.codeTitle)), "rtl");
  assert.equal(await direction(widget.codeField), "ltr");
  await widget.enterCode(CODE);
  await page.getByRole("heading", { name: "كشف حسابك" }).waitFor();
});

scenario("the strictest policy is not violated, and the focus follows the screens", { page: "/strict.html" }, async (stage) => {
  const { page, widget } = stage;
  await page.getByRole("button", { name: "Show my statement" }).click();
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  await page.keyboard.type("999999");
  await page.keyboard.press("Enter");
  await widget.notice(text.wrong).waitFor();
  await page.keyboard.type(CODE);
  await page.keyboard.press("Enter");
  await page.getByText(/Your statement has \d+ entries/).waitFor();
});

scenario("a customer sets a PIN, and adds this browser", { page: "/strict.html", customer: withoutPin }, async (stage) => {
  const { element } = await toBareOverview(stage, {}, { pin: null });
  await element.button("Set a PIN").click();
  await element.choosePin("7294");
  await element.notice("Your PIN is set.").waitFor();
  await element.addBrowser("Phone");
  await element.notice("This browser is one of your devices now.").waitFor();
  const { pinSet, deviceFingerprints } = await stage.customer.now();
  assert.deepEqual([pinSet, deviceFingerprints.length], [true, 1]);
});
