// The system's Firefox, driven by Playwright over WebDriver BiDi: one for each test file.

import { firefox } from "playwright-core";
import { onPath } from "../programs.mjs";

/** How long Firefox may take to start on a busy machine, in milliseconds. */
const START = 90_000;

export const name = "firefox";
export const colorSchemes = [null];
export const isResizable = true;

export const share = async () => ({ environment: {}, stop: async () => {} });

/** The browsers of this test file: one with and one without a camera. */
const browsers = new Map();

export async function openContext({ proxy, camera, backForwardCache, withWindows, lockedDown, permissions, reducedMotion, ...options }) {
  const hasCamera = camera !== "missing";
  if (!browsers.has(hasCamera)) browsers.set(hasCamera, launch(hasCamera));
  const context = await (await browsers.get(hasCamera)).newContext(options);
  // Permissions are preferences here: every request of a page is granted.
  context.grantPermissions = async () => {};
  return context;
}

async function launch(hasCamera) {
  const executablePath = process.env.FIREFOX_PATH ?? onPath(["firefox-esr", "firefox"]);
  if (!executablePath) throw new Error("no Firefox found: install it, or say where it is in FIREFOX_PATH");
  const browser = await firefox.launch({
    channel: "moz-firefox",
    executablePath,
    timeout: START,
    // For `ime.mjs`, which uses the browser's input method.
    args: ["-remote-allow-system-access"],
    firefoxUserPrefs: {
      "ui.prefersReducedMotion": 1,
      "dom.events.testing.asyncClipboard": true,
      "media.navigator.permission.disabled": true,
      "media.navigator.streams.fake": hasCamera,
    },
  });
  // When a page crashes, Firefox ends: that test fails, and the next one has a new browser.
  browser.once("disconnected", () => browsers.delete(hasCamera));
  goWithoutMediaFeatures(browser);
  return browser;
}

/**
 * Playwright sets media features in every context, whatever its options are, but stock Firefox up to 153 does not support that
 * command. This fakes its answer; preferences set what the tests need.
 */
function goWithoutMediaFeatures(browser) {
  const session = Object.getPrototypeOf(browser._connection.toImpl(browser)._browserSession);
  if (session.goesWithoutMediaFeatures) return;
  const { send } = session;
  session.send = function (method, ...rest) {
    return method === "emulation.setMediaFeaturesOverride" ? Promise.resolve({}) : send.call(this, method, ...rest);
  };
  session.goesWithoutMediaFeatures = true;
}

export const clipboard = {
  write: (page, text) => page.evaluate((copied) => navigator.clipboard.writeText(copied), text),
  read: (page) => page.evaluate(() => navigator.clipboard.readText()),
};

export async function close() {
  for (const browser of browsers.values()) await (await browser).close();
  browsers.clear();
}
