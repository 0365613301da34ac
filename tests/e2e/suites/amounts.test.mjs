// Amounts never break: with text at 200 % on a phone, and at 400 %, each one is in one line, smaller if there is no room for it. What holds for the
// amounts of every state is in the suites accessible-en and accessible-ar.

import { assertAmountsWhole } from "../harness/amounts.mjs";
import { phrasesOf } from "../harness/languages.mjs";
import { pay } from "../harness/payments.mjs";
import { scenario } from "../harness/scenario.mjs";
import { sendWire } from "../harness/wire.mjs";

/** The largest amount that there is, and others that take much room. */
const LARGE = [
  { minor: 9_007_199_254_740_991, currency: "USD" },
  { minor: 9_999_999, currency: "AED" },
  { minor: 9_007_199_254_740_991, currency: "KWD" },
];

/** From now on, every answer and event tells of payments of these amounts. */
const alter = ({ proxy }, amounts) =>
  proxy.alter((said) => {
    const approval = said?.approval ?? said;
    if (!approval?.action) return said;
    approval.action = { payments: amounts.map((amount) => ({ amount, payee: "Donaudampfschifffahrtselektrizitätengesellschaft" })) };
    return said;
  });

const toCode = async (stage, text) => {
  await pay(stage);
  await stage.widget.way(text["factors.sms"]).click();
  await stage.widget.codeField.waitFor();
};

const screens = [
  {
    name: "a PIN for a transfer",
    reach: async ({ page, widget }) => {
      await page.locator("#transfer").getByRole("button").click();
      await widget.pinField.waitFor();
    },
  },
  {
    name: "several payments",
    reach: async (stage, text) => {
      await pay(stage, "wires");
      await stage.widget.heading(text.choose_factor).waitFor();
    },
  },
  {
    name: "a face check",
    reach: async (stage, text) => {
      await sendWire(stage);
      await stage.widget.heading(text.face_title).waitFor();
    },
  },
  {
    name: "a code for the largest amount",
    reach: async (stage, text) => {
      await toCode(stage, text);
      // The server would refuse to send a code for another amount than its own.
      alter(stage, LARGE.slice(0, 1));
      await stage.page.reload();
      await stage.page.locator("#language").selectOption(stage.language);
      await stage.widget.codeField.waitFor();
    },
  },
  {
    name: "a list of large amounts",
    reach: async (stage, text) => {
      alter(stage, LARGE);
      await pay(stage, "wires");
      await stage.widget.heading(text.choose_factor).waitFor();
    },
  },
];

for (const language of ["en", "ar", "de", "el"]) {
  for (const { name, reach } of screens) {
    scenario(`${name}, ${language}: no amount breaks`, { language }, async (stage) => {
      await reach(stage, phrasesOf(language));
      await assertAmountsWhole(stage.page, name, 1);
    });
  }
}
