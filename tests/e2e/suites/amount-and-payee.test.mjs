// Amount and payee before any secret: heard in the description of every question, and in sight beside every field, with the phone's keyboard open.

import assert from "node:assert/strict";
import { engine } from "../harness/engine.mjs";
import { changed } from "../harness/faults.mjs";
import { PIN, calls, toChoice, toPin } from "../harness/journey.mjs";
import { pay, toPhone, toWays, toWeavrCode } from "../harness/payments.mjs";
import { scenario } from "../harness/scenario.mjs";
import { toExplanation } from "../harness/wire.mjs";

/** What a phone's keyboard leaves of a window, upright and lying on its side. */
const BESIDE_A_KEYBOARD = [
  { width: 360, height: 380 },
  { width: 320, height: 256 },
];

const toTransferPin = async ({ page, widget }) => {
  await page.locator("#transfer").getByRole("button").click();
  await widget.pinField.waitFor();
};

const toTransferCode = async (stage) => {
  await toTransferPin(stage);
  await stage.widget.enterPin(PIN);
  await stage.widget.heading(stage.widget.words.chooseTitle).waitFor();
  await stage.widget.choose(stage.widget.words.sms);
  await stage.widget.codeField.waitFor();
};

const payee = "Brightside Studio GmbH";

/** What every question of an approval has to say, in this order, before anything else. */
const questions = [
  { name: "a PIN for a transfer", reach: toTransferPin, says: ["Payment", "€1,250.00", payee, "Step 1 of 2"], shows: ["€1,250.00", payee] },
  { name: "a code for a transfer", reach: toTransferCode, says: ["Payment", "€1,250.00", payee, "Step 2 of 2"], shows: ["€1,250.00", payee] },
  { name: "a code for several payments", reach: (stage) => toWeavrCode(stage, "sends"), says: ["3 payments", "€855.00", "£900.00"], shows: ["€855.00", "£900.00"] },
  { name: "a PIN for a statement", reach: toPin, says: ["Account statement", "EUR balance", "Step 1 of 2"] },
  { name: "the choice for a statement", reach: toChoice, says: ["Account statement", "EUR balance", "Step 2 of 2"] },
  { name: "the choice for one payment", reach: (stage) => toWays(stage, "wire"), says: ["Payment", "€1,250.00", "Acme Corp"] },
  { name: "the phone, for one payment", reach: (stage) => toPhone(stage, "send"), says: ["Payment", "€640.00", "Carla Dean"] },
  { name: "the face check", reach: toExplanation, says: ["Payment", "$50,000.00", "Acme Corp"] },
];

for (const { name, reach, says, shows } of questions) {
  scenario(`${name}: amount and payee are described before anything else, each once`, {}, async (stage) => {
    await reach(stage);
    const described = await description(stage.page);
    assert.ok(described.startsWith(says[0]), `something is said before: ${described}`);
    let from = 0;
    for (const part of says) {
      const at = described.indexOf(part, from);
      assert.ok(at >= 0, `"${part}" is missing after ${from} in: ${described}`);
      assert.equal(described.split(part).length, 2, `"${part}" is said more than once in: ${described}`);
      from = at + part.length;
    }
  });

  if (!shows || !engine.isResizable) continue;
  scenario(`${name}: amount and payee are in sight beside a phone's keyboard`, {}, async (stage) => {
    await reach(stage);
    for (const size of BESIDE_A_KEYBOARD) {
      await stage.page.setViewportSize(size);
      const seen = await seenByTheField(stage.page);
      for (const part of shows) assert.ok(seen.some((text) => text.includes(part)), `${part} is out of sight at ${size.width} x ${size.height}: ${seen}`);
    }
  });
}

scenario("in Arabic the symbol of a currency is not turned over", { language: "ar" }, async (stage) => {
  const payments = ["USD", "GBP", "JPY", "AED"].map((currency) => ({ amount: { minor: 5_000_000, currency }, payee: "Acme Corp" }));
  stage.proxy.fault("GET", calls.approval, changed((approval) => void (approval.action = { payments })), Number.POSITIVE_INFINITY);
  await pay(stage);
  await stage.widget.heading(stage.widget.words.wayTitle).waitFor();
  const drawn = await stage.page.locator("sca-widget .sca-summary dl").first().evaluate(asDrawn);
  assert.deepEqual(drawn.map((text) => text.replace(/[\p{Nd}\p{Po}]/gu, "")), ["US$", "UK£", "JP¥", "إد"]);
});

/** What a screen reader says of the question: of the field, or else of the heading. */
const description = (page) =>
  page.locator("sca-widget").evaluate(({ shadowRoot }) => {
    const question = shadowRoot.querySelector("input") ?? shadowRoot.querySelector("h2");
    const ids = question.getAttribute("aria-describedby").trim().split(" ");
    return ids.map((id) => shadowRoot.getElementById(id)?.textContent ?? "").join(" ").trim();
  });

/** The texts of all values that are wholly in the window, when the field is in its middle. */
const seenByTheField = (page) =>
  page.locator("sca-widget").evaluate(({ shadowRoot }) => {
    const field = shadowRoot.querySelector("input");
    field.focus({ preventScroll: true });
    field.scrollIntoView({ block: "center" });
    return [...shadowRoot.querySelectorAll("dd")]
      .filter((value) => {
        const { top, bottom, left, right } = value.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth;
      })
      .map((value) => value.textContent);
  });

/** The letters of each value from left to right, as they are drawn. */
const asDrawn = (facts) =>
  [...facts.querySelectorAll("dd bdi")].map((value) => {
    const letters = [];
    const walker = document.createTreeWalker(value, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      [...node.data].forEach((letter, at) => {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const { left, width } = range.getBoundingClientRect();
        if (width > 0 && letter.trim()) letters.push([left, letter]);
      });
    }
    return letters.sort(([one], [other]) => one - other).map(([, letter]) => letter).join("");
  });
