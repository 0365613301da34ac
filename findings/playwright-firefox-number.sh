#!/usr/bin/env bash
# Playwright's `fill` adds to the value of a number field in Firefox instead of replacing it.
#
# Seen with playwright-core 1.65.1 and firefox-esr 153.8.0esr-1~deb12u1 (Debian 12, over WebDriver BiDi), 2026-11-29. Text fields
# are replaced. The script first fakes the answer to `emulation.setMediaFeaturesOverride`: Playwright sends that command for every
# context, and this Firefox does not support it ("unknown command"), so that no context can be opened.
#
# Prints
#   a context: unknown command
#   text: 2
#   number: 12
# and fails when that changes. Needs: firefox-esr, Node.js 20, npm.
set -euo pipefail
dpkg-query --show firefox-esr
cd "$(mktemp -d)"
npm install --silent --no-audit --no-fund playwright-core@1.65.1
cat > drive.mjs <<'SCRIPT'
import { firefox } from "playwright-core";

const browser = await firefox.launch({ channel: "moz-firefox", executablePath: "/usr/bin/firefox-esr", timeout: 60_000 });
const refused = await browser.newContext().then(() => "opened", ({ message }) => /unknown command/.exec(message)?.[0] ?? message);
const session = browser._connection.toImpl(browser)._browserSession;
const prototype = Object.getPrototypeOf(session);
const { send } = prototype;
prototype.send = function (method, ...rest) {
  return method === "emulation.setMediaFeaturesOverride" ? Promise.resolve({}) : send.call(this, method, ...rest);
};
const page = await (await browser.newContext()).newPage();
await page.setContent(`<input id="text" value="1"><input id="number" type="number" value="1">`);
const seen = [`a context: ${refused}`];
for (const kind of ["text", "number"]) {
  await page.locator(`#${kind}`).fill("2");
  seen.push(`${kind}: ${await page.locator(`#${kind}`).inputValue()}`);
}
console.log(seen.join("\n"));
await browser.close();
process.exitCode = seen.join() === "a context: unknown command,text: 2,number: 12" ? 0 : 1;
SCRIPT
exec timeout 120 node drive.mjs
