// Debian's WebKitGTK, driven by WebDriver Classic. One for each test file; each test has windows of its own in it.

import { spawnSync } from "node:child_process";
import { Driver } from "./webkit/driver.mjs";
import { waitUntil } from "./webkit/locator.mjs";
import { Context } from "./webkit/page.mjs";

export const name = "webkit";
export const colorSchemes = [null];
/** MiniBrowser's window is never less than 447 px wide. */
export const isResizable = false;

export const share = async () => ({ environment: {}, stop: async () => {} });

let driver;

export async function openContext({ proxy }) {
  // After a driver that was lost the next test begins with another.
  if (driver?.isLost) await driver.stop();
  if (!driver || driver.isLost) driver = await Driver.start();
  return new Context(driver, proxy);
}

export const clipboard = {
  write: async (_, text) => {
    xclip(["-in"], text);
    // It goes into the background before the display knows of it.
    await waitUntil("the clipboard", 10_000, async () => xclip(["-out"]) === text || undefined);
  },
  read: async () => xclip(["-out"]),
};

/** The display's clipboard, written or read; one that holds nothing is read as nothing. */
function xclip(direction, input) {
  const isRead = input === undefined;
  const { status, error, stdout } = spawnSync("xclip", ["-selection", "clipboard", ...direction], {
    input,
    encoding: "utf8",
    timeout: 10_000,
    // What goes on in the background would keep a pipe open.
    stdio: ["pipe", isRead ? "pipe" : "ignore", "ignore"],
    env: { ...process.env, DISPLAY: driver.display },
  });
  if (error || (status !== 0 && !isRead)) throw new Error("xclip failed", { cause: error });
  return stdout ?? "";
}

export async function close() {
  await driver?.stop();
  driver = undefined;
}
