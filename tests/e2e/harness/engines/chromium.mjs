// The system's Chromium, driven by Playwright: one for the whole run, with a context for every test. The suites run in its headless shell, if the
// machine has it: the same engine without the parts of its window, and twice as fast.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { onPath } from "../programs.mjs";

const shellNames = ["chromium-headless-shell", "chrome-headless-shell"];
const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const places = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** A camera with a test picture. Each test decides whether a page may use it. */
const CAMERA = "--use-fake-device-for-media-stream";

export const name = "chromium";
export const colorSchemes = ["light", "dark"];
export const isResizable = true;

export const launchOptions = {
  executablePath: chromePath(),
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb", CAMERA],
};

export const launchBrowserServer = () => chromium.launchServer(launchOptions);

export async function share({ isWhole }) {
  const server = await chromium.launchServer(isWhole ? launchOptions : shellOptions());
  return { environment: { SCA_BROWSER: server.wsEndpoint() }, stop: () => server.close() };
}

/** The browser of this run; connects once for each test file. */
let connection;

export async function openContext({ proxy, camera, backForwardCache, withWindows, lockedDown, ...options }) {
  // A whole one: the headless shell neither asks for a camera nor refuses it, and has no windows of documents.
  const isOwn = camera !== "granted" || backForwardCache || withWindows || lockedDown;
  connection ??= chromium.connect(process.env.SCA_BROWSER);
  const browser = await (isOwn ? chromium.launch({
    ...launchOptions,
    ...(camera === "missing" && { args: launchOptions.args.filter((argument) => argument !== CAMERA) }),
    ...(lockedDown && { args: [...launchOptions.args, "--js-flags=--jitless"] }),
    ...(backForwardCache && { ignoreDefaultArgs: ["--disable-back-forward-cache"] }),
  }) : connection);
  const context = await browser.newContext(options);
  if (isOwn) context.once("close", () => void browser.close());
  return context;
}

export const clipboard = {
  write: (page, text) => page.evaluate((copied) => navigator.clipboard.writeText(copied), text),
  read: (page) => page.evaluate(() => navigator.clipboard.readText()),
};

export async function close() {
  await (await connection)?.close();
  connection = undefined;
}

function shellOptions() {
  const executablePath = process.env.HEADLESS_SHELL_PATH ?? onPath(shellNames);
  if (!executablePath) return launchOptions;
  return { ...launchOptions, executablePath, args: [...launchOptions.args, "--auto-accept-camera-and-microphone-capture"] };
}

function chromePath() {
  const path = process.env.CHROME_PATH ?? onPath(names) ?? places.find(existsSync);
  if (!path) throw new Error("no Chromium found: install it, or say where it is in CHROME_PATH");
  return path;
}
