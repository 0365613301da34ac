// Isolated mode: programs whose frame only one origin may show, and the widget in that frame. Import it before the stage.

import { after } from "node:test";
import { startPrograms } from "./programs.mjs";
import { newSecret } from "./journey.mjs";
import { scenario } from "./scenario.mjs";
import { Widget } from "./widget.mjs";

/** The port of the pages that may show the frame: one for each test file, below those that the system gives away. */
export const PORT = 20_000 + (process.pid % 12_000);

const programs = await startPrograms({ options: ["--test-controls", "--isolated-parent", `http://127.0.0.1:${PORT}`] });
Object.assign(process.env, programs.environment);
after(() => programs.stop());

/** The frame's origin. */
export const isolatedOrigin = () => process.env.SCA_ISOLATED;

/** A test on the page of isolated mode. All of a frame is in sight: one driver's presses reach nothing in a frame that is not. */
export const isolated = (name, setting, run) =>
  scenario(name, { page: "/isolated.html", port: PORT, ...setting }, async (stage) => {
    await stage.page.setViewportSize({ width: 1280, height: 1200 });
    await run(stage);
  });

const FRAME = "#approval iframe";
export const frameElement = ({ page }) => page.locator(FRAME);
export const inFrame = ({ page }) => page.frameLocator(FRAME);

/** The keyboard while the focus is in the frame. In most engines it is the page's: its keys go where the focus is. */
export const keysInFrame = ({ page }, frame = FRAME) => page.keyboardIn?.(frame) ?? page.keyboard;

/** The widget in the frame. */
export function framed(stage, language = stage.language, selector = FRAME) {
  const frame = stage.page.frameLocator(selector);
  const keyboard = keysInFrame(stage, selector);
  return new Widget({ getByRole: (...what) => frame.getByRole(...what), getByText: (...what) => frame.getByText(...what), keyboard }, language);
}

/** Runs a function in the frame's document. */
export const evaluateInFrame = (stage, run, argument) => inFrame(stage).locator("body").evaluate(run, argument);

/** Asks for the statement, and waits for the PIN's field in the frame. */
export async function toPin(stage) {
  await stage.page.locator("#show").click();
  const widget = framed(stage);
  await widget.pinField.waitFor();
  return widget;
}

/** Mounts the widget with more options, and returns its client secret. Its events and its end are in `window.recorded`. */
export async function mountIsolated(stage, options = {}) {
  const clientSecret = options.clientSecret ?? (await newSecret(stage));
  await stage.page.evaluate(
    async ([clientSecret, isolatedOrigin, options]) => {
      const { mount } = await import("/pkg/index.js");
      window.recorded ??= [];
      if (!window.isListening) {
        window.isListening = true;
        for (const kind of ["sca-ready", "sca-result", "sca-error"]) {
          document.addEventListener(kind, ({ detail }) => window.recorded.push([kind, detail?.code ?? detail?.outcome ?? null]));
        }
      }
      window.handle = mount("#approval", { clientSecret, baseUrl: "/sca", isolatedOrigin, ...options });
    },
    [clientSecret, isolatedOrigin(), options],
  );
  return clientSecret;
}

export const recorded = ({ page }) => page.evaluate(() => window.recorded);

/** Waits until so many events were recorded. */
export const recordedComes = ({ page }, count) => page.waitForFunction((count) => window.recorded?.length === count, count);

/** What has the focus in the frame's document, if that has it: the name of its field, or the text of it. */
export const focusInFrame = (stage) =>
  evaluateInFrame(stage, () => {
    if (!document.hasFocus()) return null;
    const element = document.activeElement?.shadowRoot?.activeElement;
    return element?.localName === "input" ? "field" : element?.textContent.trim() || null;
  });

/** Waits until that has the focus in the frame. */
export async function focusComesInFrame(stage, wanted) {
  const deadline = Date.now() + 5_000;
  let found;
  do found = await focusInFrame(stage);
  while (found !== wanted && Date.now() < deadline);
  if (found !== wanted) throw new Error(`the focus is at ${found}, not at ${wanted}`);
}
