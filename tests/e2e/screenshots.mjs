// The pictures of README.md: `node tests/e2e/screenshots.mjs` writes them to docs/images. It needs `npm ci` and a build of the
// widget (`cargo xtask build`), and compiles the demo's programs if cargo has not.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { close, launchBrowserServer } from "./harness/engines/chromium.mjs";
import { toWays } from "./harness/payments.mjs";
import { root, startPrograms } from "./harness/programs.mjs";
import { open } from "./harness/stage.mjs";

const folder = join(root, "docs/images");
/** The limit of all pictures together, in bytes. */
const LIMIT = 150_000;

/** The viewport is in device-independent pixels, of which a picture has `scale` times as many, twice by default. `top` is what the page, `/` by default, is scrolled to. */
const pictures = [
  {
    name: "desktop",
    viewport: { width: 1200, height: 860 },
    top: "#transfer-title",
    reach: async (stage) => {
      await stage.page.locator("#transfer").getByRole("button").click();
      await stage.widget.pinField.waitFor();
    },
  },
  { name: "phone", viewport: { width: 390, height: 720 }, top: "[data-place=weavr]", reach: (stage) => toWays(stage, "wire") },
  {
    name: "playground",
    viewport: { width: 960, height: 560 },
    scale: 1,
    page: "/playground/#state=wrong",
    top: "h1",
    reach: async ({ widget }) => {
      await widget.enterPin("9999");
      await widget.notice(widget.words.wrong).waitFor();
    },
  },
];

/** A PNG as WebP, which the browser encodes. Its page has no policy, so it may read a data URL. */
async function toWebp(page, png) {
  const url = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    canvas.getContext("2d").drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/webp", quality: 0.85 });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }, `data:image/png;base64,${png.toString("base64")}`);
  return Buffer.from(url, "base64");
}

mkdirSync(folder, { recursive: true });
const programs = await startPrograms();
const browser = await launchBrowserServer();
Object.assign(process.env, programs.environment, { SCA_BROWSER: browser.wsEndpoint() });
try {
  let weight = 0;
  for (const { name, viewport, scale = 2, page = "/", top, reach } of pictures) {
    const stage = await open({ page, context: { viewport, deviceScaleFactor: scale, colorScheme: "light" } });
    await reach(stage);
    await stage.page.locator(top).evaluate((element) => window.scrollTo(0, element.getBoundingClientRect().top + window.scrollY - 24));
    await stage.page.mouse.move(0, 0);
    const blank = await stage.context.newPage();
    const picture = await toWebp(blank, await stage.page.screenshot());
    await stage.close();
    weight += picture.length;
    writeFileSync(join(folder, `${name}.webp`), picture);
    console.log(`docs/images/${name}.webp, ${picture.length} bytes`);
  }
  if (weight > LIMIT) throw new Error(`the pictures weigh ${weight} bytes, more than ${LIMIT}`);
} finally {
  await close();
  await browser.close();
  await programs.stop();
}
