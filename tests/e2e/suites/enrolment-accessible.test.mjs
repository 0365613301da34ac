// The screens of the element for enrolments: no violation for axe, no control that is too small, no overflow; in two languages, light
// and dark.

import { assertAccessible, assertNoSidewaysScroll, assertTargetSizes, assertTextSpacing } from "../harness/accessibility.mjs";
import { engine } from "../harness/engine.mjs";
import { toOverview } from "../harness/enrolment.mjs";
import { scenario } from "../harness/scenario.mjs";
import { callEnrolment, lastEnrolment, onSecurity } from "../harness/security.mjs";

/** 320 px is 1280 px at 400 %. A phone in landscape with its keyboard open has a height of 256 px. */
const size = { width: 320, height: 256 };

/** The country of a number, in both languages, and a number that no other test uses. */
const germany = { en: "Germany", ar: "ألمانيا" };
const numbers = { en: "0171 9990001", ar: "0171 9990002" };

const toNumber = async (element) => {
  await element.button(element.words.replacePhone).click();
  await element.country.waitFor();
};
const toCode = (language) => async (element) => {
  await element.enterNumber(germany[language], numbers[language]);
  await element.heading(element.words.codeTitle).waitFor();
};

/** The screens, in the order in which one enrolment reaches them. */
const screens = {
  en: {
    overview: async () => {},
    "a new PIN": (element) => element.button("Change the PIN").click(),
    "two PINs that differ": (element) => element.choosePin("7294", "7249"),
    "a new device": async (element) => {
      await element.button("Back").click();
      await element.button("Add this browser").click();
      await element.field("A name for this device").waitFor();
    },
    "a device": async (element) => {
      await element.field("A name for this device").fill("Oliver's phone with a long name, which wraps");
      await element.button("Add").click();
      await element.notice("This browser is one of your devices now.").waitFor();
    },
    "the removal of a device": async (element) => {
      await element.page.locator("sca-enrolment").getByRole("button", { name: /^Remove .?Oliver/ }).click();
      await element.heading("Remove this device?").waitFor();
    },
    "a phone number": async (element) => {
      await element.button("Back").click();
      await toNumber(element);
    },
    "a number that is wrong": async (element) => {
      await element.enterNumber("Germany", "0900 1234567");
      await element.notice("This is not a phone number of that country").waitFor();
    },
    "the code for a phone number": toCode("en"),
    "the removal of a PIN": async (element) => {
      await element.button("Back").click();
      await element.button("Remove the PIN").click();
      await element.heading("Remove your PIN?").waitFor();
    },
    "the end": async (element, begun) => {
      await callEnrolment(begun, "POST", "/end");
      await element.button("Remove").click();
      await element.heading("This has ended").waitFor();
    },
  },
  ar: {
    overview: async () => {},
    "a phone number": toNumber,
    "the code for a phone number": toCode("ar"),
  },
};

for (const [language, reach] of Object.entries(screens)) {
  scenario(`the screens, ${language}: axe, targets, reflow`, { ...onSecurity, language, patience: 120_000 }, async (stage) => {
    const { page } = stage;
    const element = await toOverview(stage);
    const begun = lastEnrolment(stage);
    const usual = page.viewportSize();
    for (const [name, go] of Object.entries(reach)) {
      await go(element, begun);
      // The colours do not depend on the language.
      const colorSchemes = language === "en" ? engine.colorSchemes : engine.colorSchemes.slice(0, 1);
      for (const colorScheme of colorSchemes) {
        if (colorScheme) await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await assertAccessible(page, `${name}, ${language}, ${colorScheme ?? "as it is"}`);
      }
      await assertTargetSizes(page, name);
      if (engine.isResizable) await page.setViewportSize(size);
      await assertNoSidewaysScroll(page, `${name}, ${language}`);
      await assertTextSpacing(page, name);
      if (engine.isResizable) await page.setViewportSize(usual);
    }
  });
}
