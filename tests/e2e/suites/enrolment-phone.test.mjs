// A customer's phone number in the element for enrolments: added with a code, replaced, removed; and what is said about numbers and codes
// that are wrong.

import assert from "node:assert/strict";
import { newCustomer } from "../harness/customer.mjs";
import { shownIn, toBareOverview } from "../harness/enrolment.mjs";
import { answerLost } from "../harness/faults.mjs";
import { PIN } from "../harness/journey.mjs";
import { assertAbsent, leftInPage } from "../harness/leaks.mjs";
import { scenario } from "../harness/scenario.mjs";
import { enrolmentCalls, manage, onSecurity } from "../harness/security.mjs";

/** A customer without a phone number, who confirms with the PIN alone. */
const customer = { phone: null, behaviour: { challenges: ["pin"] } };
const bare = { page: "/strict.html", customer };
const CODE = "111111";
/** The last digits differ for each test: a number belongs to one customer of Wise's alone. */
const numbers = (function* () {
  for (let last = 10; last < 100; last += 1) yield `0171 ${String(process.pid).padStart(5, "0").slice(-5)}${last}`;
})();
const newNumber = () => numbers.next().value;

const phoneAt = async ({ customer }) => (await customer.now()).phone;
const sent = ({ proxy }, path) => proxy.sent("POST", path);

scenario("a number is added with the partner's code, and removed; it is never shown in full", { ...onSecurity, customer }, async (stage) => {
  const { page } = stage;
  await manage(stage);
  await stage.widget.enterPin(PIN);
  const element = await shownIn(page);
  const first = newNumber();
  await element.button("Add a phone number").click();
  await element.enterNumber("Germany", first);
  await element.notice("A code is on its way.").waitFor();
  await page.getByText(new RegExp(`We sent a code to .?\\*+\\d*${first.slice(-2)}`)).waitFor();
  await element.enterCode(CODE);
  await element.notice("Your phone number is added.").waitFor();
  await element.factor("Phone number").getByText(new RegExp(`^\\*+\\d*${first.slice(-2)}$`)).waitFor();
  await page.getByText(/a phone number was added/).first().waitFor();
  const digits = first.replace(/\D/g, "").slice(-7);
  for (const [where, content] of Object.entries(await leftInPage(page))) assertAbsent({ number: digits }, where, String(content));
  await element.button("Remove the phone number").click();
  await element.heading("Remove your phone number?").waitFor();
  await element.button("Remove").click();
  await element.notice("Your phone number is removed.").waitFor();
  await element.button("Add a phone number").waitFor();
});

scenario("what is wrong with a number is said, and what was typed stays", bare, async (stage) => {
  const { element } = await toBareOverview(stage);
  await element.button("Add a phone number").click();
  await element.button("Send a code").click();
  await element.notice("Please pick the country of the number.").waitFor();
  await element.country.selectOption({ label: "Germany" });
  await element.button("Send a code").click();
  await element.notice("Please enter the number.").waitFor();
  assert.equal(sent(stage, enrolmentCalls.phone).length, 0);
  for (const [country, number, text] of [
    ["United States", "(201) 55", "This number has too few digits"],
    ["United States", "(201) 555-012345678", "This number has too many digits"],
    ["Germany", "+44 7911 123456", "This number begins with the code of another country"],
    ["Germany", "0900 1234567", "This is not a phone number of that country"],
  ]) {
    await element.enterNumber(country, number);
    await element.notice(text).waitFor();
    assert.equal(await element.field("Phone number").inputValue(), number);
  }
});

scenario("a wrong code is said, a code in another script counts, and a new one has to be waited for", bare, async (stage) => {
  const { page } = stage;
  const { element } = await toBareOverview(stage);
  await element.button("Add a phone number").click();
  await element.enterNumber("Germany", newNumber());
  await page.getByText(/You can get a new code in/).waitFor();
  await element.enterCode("abc");
  await element.notice("Please enter the digits of the code.").waitFor();
  await element.enterCode("000000");
  await element.notice("That code is wrong.").waitFor();
  await element.enterCode("١١١ ١١١");
  await element.notice("Your phone number is added.").waitFor();
});

scenario("a number that was registered elsewhere is replaced, and no second one is offered", { page: "/strict.html" }, async (stage) => {
  const { page } = stage;
  const { element } = await toBareOverview(stage);
  await element.factor("Phone number").getByText("Set up", { exact: true }).waitFor();
  assert.equal(await element.button("Add a phone number").count(), 0);
  await element.button("Replace the phone number").click();
  await page.getByText("Your old number is removed.").waitFor();
  const number = newNumber();
  await element.enterNumber("Germany", number);
  await element.enterCode(CODE);
  await element.notice("Your phone number is replaced.").waitFor();
  assert.equal((await phoneAt(stage)).phoneNumber, `+49${number.replace(/\D/g, "").slice(1)}`);
});

scenario("a number of another customer is refused, and the customer is told", bare, async (stage) => {
  const { element } = await toBareOverview(stage);
  const number = newNumber();
  await newCustomer({ phone: `+49${number.replace(/\D/g, "").slice(1)}` });
  await element.button("Add a phone number").click();
  await element.enterNumber("Germany", number);
  await element.enterCode(CODE);
  await element.notice("This phone number belongs to another customer, so nothing has changed.").waitFor();
});

scenario("a lost answer about a code or a number claims nothing", bare, async (stage) => {
  const { proxy } = stage;
  const { element } = await toBareOverview(stage);
  proxy.fault("POST", enrolmentCalls.phone, answerLost);
  await element.button("Add a phone number").click();
  await element.enterNumber("Germany", newNumber());
  await element.notice("The answer was lost, so we do not know whether a code was sent.").waitFor();
  await stage.page.getByText("If you have received a code at").waitFor();
  proxy.fault("POST", enrolmentCalls.verifyPhone, answerLost);
  await element.enterCode(CODE);
  await element.notice("The answer was lost, so we do not know whether your phone number is added.").waitFor();
  await element.factor("Phone number").getByText(/^\*+/).waitFor();
});
