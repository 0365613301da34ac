// Successful approvals, from the refusal to the result, with every factor.

import assert from "node:assert/strict";
import { CODE, PIN, calls, statementShown, toChoice, toCode, toPin } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { Widget } from "../harness/widget.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

scenario("a statement is shown after PIN and code", {}, async (stage) => {
  const { page, widget, proxy } = stage;
  await toPin(stage);
  await widget.says(text.step(1, 2));
  await widget.says(/EUR/);
  await widget.says(/July\s1,\s2026|1\sJuly\s2026/);
  await widget.says(/September\s30,\s2026|30\sSeptember\s2026/);

  await widget.enterPin(PIN);
  await widget.heading(text.chooseTitle).waitFor();
  await widget.says(text.step(2, 2));
  assert.equal(proxy.sent("POST", calls.start).length, 0, "no code goes out before the choice");

  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  assert.equal(proxy.sent("POST", calls.start).length, 1);
  await widget.says(stage.customer.obfuscatedPhone);

  await widget.enterCode(CODE);
  await statementShown(stage);
  await page.getByRole("cell", { name: "Northwind Traders Ltd" }).first().waitFor();
  assert.equal(await page.locator("sca-widget").count(), 0);
  assert.equal(proxy.sent("GET", "/api/statement").length, 2, "the call is repeated once");
});

scenario("a transfer is sent, and its amount and payee are shown beside PIN and code", {}, async (stage) => {
  const { page, widget, customer } = stage;
  const notified = async () => {
    await widget.says("€1,250.00");
    await widget.says("Brightside Studio GmbH");
  };
  await page.getByRole("button", { name: "Send the transfer" }).click();
  await widget.pinField.waitFor();
  await notified();
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  await notified();
  await widget.enterCode(CODE);
  await page.getByRole("heading", { name: "Transfer sent" }).waitFor();
  const { transfers } = await customer.now();
  assert.deepEqual(transfers[customer.transferIds[0]], { executedPayments: 1, refusedAgain: 0 });
});

scenario("an amount in a currency without decimals is shown without decimals", {}, async (stage) => {
  const { page, widget } = stage;
  await page.getByLabel("Payment").selectOption({ index: 1 });
  await page.getByRole("button", { name: "Send the transfer" }).click();
  await widget.pinField.waitFor();
  await widget.says("¥98,000");
  await widget.says("Sakura Trading KK");
});

for (const [channel, way] of [
  ["SMS", text.sms],
  ["WHATSAPP", text.whatsApp],
  ["VOICE", text.voice],
]) {
  scenario(`the code can be sent by ${channel}`, {}, async (stage) => {
    await toCode(stage, way);
    assert.deepEqual((await stage.customer.now()).codesSent, [channel]);
    await stage.widget.enterCode(CODE);
    await statementShown(stage);
  });
}

for (const delivery of ["sequential", "flat"]) {
  scenario(`challenges that the provider delivers as ${delivery} are cleared`, { customer: { behaviour: { delivery } } }, async (stage) => {
    await toChoice(stage);
    await stage.widget.choose(text.sms);
    await stage.widget.enterCode(CODE);
    await statementShown(stage);
  });
}

scenario("one challenge is enough if the provider requires one", { customer: { behaviour: { delivery: "singleFactor" } } }, async (stage) => {
  await toPin(stage);
  await stage.widget.enterPin(PIN);
  await statementShown(stage);
});

scenario("in Arabic text is right-to-left, and codes are left-to-right", {}, async ({ page }) => {
  const widget = new Widget(page, "ar");
  await page.getByLabel("Language").selectOption("ar");
  await page.getByRole("button", { name: "اعرض كشف حسابي" }).click();
  await widget.pinField.waitFor();
  assert.equal(await widget.heading(words.ar.pinTitle).evaluate((heading) => getComputedStyle(heading).direction), "rtl");
  await widget.enterPin(PIN);
  await widget.choose(words.ar.sms);
  await widget.codeField.waitFor();
  assert.equal(await widget.codeField.evaluate((field) => getComputedStyle(field).direction), "ltr");
  await widget.enterCode(CODE);
  await page.getByRole("heading", { name: "كشف حسابك" }).waitFor();
});

scenario("a change of the language keeps the typed digits", {}, async (stage) => {
  const { page } = stage;
  await toCode(stage);
  await stage.widget.codeField.click();
  await page.keyboard.type("111");
  await page.getByLabel("Language").selectOption("ar");
  const widget = new Widget(page, "ar");
  await widget.codeField.click();
  await page.keyboard.type("111");
  await widget.confirm.click();
  await page.getByRole("heading", { name: "كشف حسابك" }).waitFor();
});
