// The start of the widget as WebAssembly and as JavaScript, and a key press in it, on a processor slowed down four times. Lockdown modes also switch
// off the compiler of JavaScript.

import { newSecret } from "../harness/journey.mjs";
import { open } from "../harness/stage.mjs";
import { noWebAssembly } from "../harness/webassembly.mjs";
import { median, percentile, table } from "./figures.mjs";

const ROUNDS = 8;
const KEYS = 30;
const SLOW_DOWN = 4;

const variants = [
  { name: "WebAssembly" },
  { name: "JavaScript", init: noWebAssembly },
  { name: "JavaScript, in a browser without a compiler", lockedDown: true },
];

export async function measureTranslation() {
  const starts = variants.map(() => []);
  const keys = variants.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [at, { name, ...setting }] of variants.entries()) {
      const { start, latencies } = await sample(setting);
      starts[at].push(start);
      keys[at].push(...latencies);
    }
  }
  const rows = variants.map(({ name }, at) => [
    name,
    range(starts[at], 0),
    range(starts[at].map((start, round) => start / starts[0][round]), 2),
    `${median(keys[at]).toFixed(0)} / ${percentile(keys[at], 0.95).toFixed(0)}`,
  ]);
  return table([`CPU ${SLOW_DOWN} times slower, ${ROUNDS} rounds`, "mount to field, ms", "by the first row", "key press to paint, median / p95, ms"], rows);
}

/** The median, with the least and the most. */
const range = (samples, digits) => {
  const [middle, least, most] = [median(samples), Math.min(...samples), Math.max(...samples)].map((value) => value.toFixed(digits));
  return `${middle} (${least} to ${most})`;
};

/** One start, with an empty cache, and some key presses. */
async function sample(setting) {
  const stage = await open({ page: "/strict.html", ...setting });
  const { page, context } = stage;
  const secret = await newSecret(stage);
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOW_DOWN });
  const start = await page.evaluate(async (clientSecret) => {
    const { mount } = await import("/pkg/index.js");
    const begin = performance.now();
    mount("#approval", { clientSecret, baseUrl: "/sca", locale: "en" });
    while (!document.querySelector("#approval").shadowRoot?.querySelector("input")) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() - begin;
  }, secret);
  await page.evaluate(() => {
    window.latencies = [];
    addEventListener("keydown", (event) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => window.latencies.push(performance.now() - event.timeStamp);
        port2.postMessage(0);
      });
    }, true);
  });
  await page.locator("#approval input").click();
  for (let key = 1; key <= KEYS; key += 1) {
    await page.keyboard.press(key % 4 === 0 ? "ControlOrMeta+Backspace" : "1");
    await page.waitForFunction((count) => window.latencies.length >= count, key);
  }
  const latencies = await page.evaluate(() => window.latencies);
  await stage.close();
  return { start, latencies };
}
