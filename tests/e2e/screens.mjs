// Screenshots of every screen: phone and desktop, light and dark, both languages. `node tests/e2e/screens.mjs [name…]` writes them
// to tests/e2e/results/screens.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { close, launchBrowserServer } from "./harness/engines/chromium.mjs";
import { results, startPrograms } from "./harness/programs.mjs";
import { states } from "./harness/states.mjs";
import { open } from "./harness/stage.mjs";

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } };
const folder = join(results, "screens");
const wanted = process.argv.slice(2);

mkdirSync(folder, { recursive: true });
const programs = await startPrograms();
const browser = await launchBrowserServer();
Object.assign(process.env, programs.environment, { SCA_BROWSER: browser.wsEndpoint() });
try {
  for (const language of ["en", "ar"]) {
    for (const { name, clock, camera, customer, reach } of states) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const stage = await open({ clock, camera, customer, language });
      await reach(stage);
      for (const [size, viewport] of Object.entries(sizes)) {
        for (const colorScheme of ["light", "dark"]) {
          await stage.page.setViewportSize(viewport);
          await stage.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          const path = join(folder, `${name}, ${language}, ${size}, ${colorScheme}.png`);
          await stage.page.screenshot({ path, fullPage: true });
        }
      }
      await stage.close();
      console.log(`${name}, ${language}`);
    }
  }
} finally {
  await close();
  await browser.close();
  await programs.stop();
}
