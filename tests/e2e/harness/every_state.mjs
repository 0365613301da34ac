// Every state in one language, in English also dark: no violation for axe, no control that is too small, no overflow on a narrow
// screen or at 400 %.

import { assertAccessible, assertNoSidewaysScroll, assertTargetSizes, assertTextSpacing } from "./accessibility.mjs";
import { assertAmountsWhole } from "./amounts.mjs";
import { engine } from "./engine.mjs";
import { scenario } from "./scenario.mjs";
import { states } from "./states.mjs";

/** 320 px is 1280 px at 400 %. A phone in landscape with its keyboard open has a height of 256 px. */
const sizes = [
  { width: 320, height: 256 },
  { width: 250, height: 400 },
];

export function checkEveryState(language) {
  // The colours do not depend on the language.
  const colorSchemes = language === "en" ? engine.colorSchemes : engine.colorSchemes.slice(0, 1);
  for (const { name, clock, camera, customer, reach } of states) {
    scenario(`${name}, ${language}: axe, targets, reflow`, { clock, camera, customer, language }, async (stage) => {
      const { page } = stage;
      await reach(stage);
      for (const colorScheme of colorSchemes) {
        if (colorScheme) await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await assertAccessible(page, `${name}, ${language}, ${colorScheme ?? "as it is"}`);
      }
      await assertTargetSizes(page, name);
      for (const size of engine.isResizable ? sizes : []) {
        await page.setViewportSize(size);
        await assertNoSidewaysScroll(page, `${name}, ${language}`);
      }
      await assertAmountsWhole(page, name);
      await assertTextSpacing(page, name);
    });
  }
}
