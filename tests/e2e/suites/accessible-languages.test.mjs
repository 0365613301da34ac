// One language of each script, and one with the longest words, at each kind of question. All states are checked in English and Arabic.

import { assertAccessible, assertNoSidewaysScroll, assertTargetSizes, assertTextSpacing } from "../harness/accessibility.mjs";
import { assertAmountsWhole } from "../harness/amounts.mjs";
import { PIN } from "../harness/journey.mjs";
import { phrasesOf } from "../harness/languages.mjs";
import { scenario } from "../harness/scenario.mjs";

for (const language of ["bg", "el", "fi", "he"]) {
  scenario(`a transfer, ${language}: axe, targets, reflow`, { language }, async ({ page, widget }) => {
    const text = phrasesOf(language);
    const check = async (question) => {
      const where = `${question}, ${language}`;
      await assertAccessible(page, where);
      await assertTargetSizes(page, where);
      await assertAmountsWhole(page, where, 1);
      await assertNoSidewaysScroll(page, where);
    };
    await page.locator("#transfer").getByRole("button").click();
    await widget.pinField.waitFor();
    await check("PIN");
    await widget.pinField.focus();
    await page.keyboard.type(PIN);
    await page.keyboard.press("Enter");
    await widget.heading(text.choose_code).waitFor();
    await check("choice");
    await widget.choose(text["factors.sms"]);
    await widget.codeField.waitFor();
    await check("code");
    await assertTextSpacing(page, `code, ${language}`);
  });
}
