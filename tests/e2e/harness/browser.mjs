// The system's Chromium. One for the whole run; every test has a context of its own in it.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const places = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

export const launchOptions = {
  executablePath: chromePath(),
  // A camera that shows a test picture; whether a page may use it is up to each test.
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb", "--use-fake-device-for-media-stream"],
};

export const launchBrowserServer = () => chromium.launchServer(launchOptions);

/** The browser of this run; connects once for each test file. */
let connection;
export function browser() {
  connection ??= chromium.connect(process.env.SCA_BROWSER);
  return connection;
}

export async function disconnect() {
  await (await connection)?.close();
  connection = undefined;
}

function chromePath() {
  if (process.env.CHROME_PATH) return process.env.CHROME_PATH;
  for (const name of names) {
    try {
      return execFileSync("which", [name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      // Not under this name.
    }
  }
  const place = places.find(existsSync);
  if (!place) throw new Error("no Chromium found: install it, or say where it is in CHROME_PATH");
  return place;
}
