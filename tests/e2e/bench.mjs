// Figures that need a browser and running servers, as Markdown tables. `cargo xtask bench` prints them among the others.
//
//   node tests/e2e/bench.mjs              all of them
//   node tests/e2e/bench.mjs encryption   the ones with these names

import { close, launchBrowserServer } from "./harness/engines/chromium.mjs";
import { startPrograms } from "./harness/programs.mjs";
import { measureEncryption } from "./bench/encryption.mjs";
import { measureMemory } from "./bench/memory.mjs";
import { measureServer } from "./bench/server.mjs";
import { measureTranslation } from "./bench/translation.mjs";
import { measureTyping } from "./bench/typing.mjs";

const measures = {
  encryption: measureEncryption,
  typing: measureTyping,
  translation: measureTranslation,
  memory: measureMemory,
  server: () => measureServer(programs),
};
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in measures));
if (unknown) throw new Error(`there is no figure called ${unknown}`);

const programs = await startPrograms({ profile: "release", logLevel: "warn" });
const browser = await launchBrowserServer();
Object.assign(process.env, programs.environment, { SCA_BROWSER: browser.wsEndpoint() });
try {
  for (const [name, measure] of Object.entries(measures)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const line of await measure()) console.log(line);
    console.log();
  }
} finally {
  await close();
  await browser.close();
  await programs.stop();
}
