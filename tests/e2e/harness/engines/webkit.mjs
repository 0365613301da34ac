// Debian's WebKitGTK, driven by WebDriver Classic: one for each test file, with windows for each test.

import { spawnSync } from "node:child_process";
import { Driver } from "./webkit/driver.mjs";
import { waitUntil } from "./webkit/locator.mjs";
import { Context } from "./webkit/page.mjs";

export const name = "webkit";
export const colorSchemes = [null];
/** MiniBrowser's window is never narrower than 447 px. */
export const isResizable = false;

export const share = async () => ({ environment: {}, stop: async () => {} });

let driver;

export async function openContext({ proxy }) {
  // If the driver was lost, the next test starts another.
  if (driver?.isLost) await driver.stop();
  if (!driver || driver.isLost) driver = await Driver.start();
  return new Context(driver, proxy);
}

export const clipboard = {
  write: async (_, text) => {
    xclip(["-in"], text);
    // xclip goes into the background before the display has the text.
    await waitUntil("the clipboard", 10_000, async () => xclip(["-out"]) === text || undefined);
  },
  read: async () => xclip(["-out"]),
};

/** Writes or reads the display's clipboard. An empty one reads as an empty text. */
function xclip(direction, input) {
  const isRead = input === undefined;
  const { status, error, stdout } = spawnSync("xclip", ["-selection", "clipboard", ...direction], {
    input,
    encoding: "utf8",
    timeout: 10_000,
    // The process in the background would keep a pipe open.
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
