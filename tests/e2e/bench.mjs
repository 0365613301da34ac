// Figures that need a browser and running servers, as Markdown tables. `cargo xtask bench` prints them among the others.

import { disconnect, launchBrowserServer } from "./harness/browser.mjs";
import { startPrograms } from "./harness/programs.mjs";
import { measureEncryption } from "./bench/encryption.mjs";
import { measureMemory } from "./bench/memory.mjs";
import { measureServer } from "./bench/server.mjs";
import { measureTyping } from "./bench/typing.mjs";

const programs = await startPrograms({ profile: "release", logLevel: "warn" });
const browser = await launchBrowserServer();
Object.assign(process.env, programs.environment, { SCA_BROWSER: browser.wsEndpoint() });
try {
  for (const measure of [measureEncryption, measureTyping, measureMemory, () => measureServer(programs)]) {
    for (const line of await measure()) console.log(line);
    console.log();
  }
} finally {
  await disconnect();
  await browser.close();
  await programs.stop();
}
