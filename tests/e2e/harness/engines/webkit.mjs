// Debian's WebKitGTK, driven by WebDriver Classic. One for each test file; each test has windows of its own in it.

import { execFileSync } from "node:child_process";
import { Driver } from "./webkit/driver.mjs";
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
  write: async (_, text) => void xclip(["-in"], text),
  read: async () => xclip(["-out"]),
};

const xclip = (direction, input) =>
  execFileSync("xclip", ["-selection", "clipboard", ...direction], {
    input,
    encoding: "utf8",
    timeout: 10_000,
    stdio: ["pipe", direction[0] === "-out" ? "pipe" : "ignore", "ignore"],
    env: { ...process.env, DISPLAY: driver.display },
  });

export async function close() {
  await driver?.stop();
  driver = undefined;
}
