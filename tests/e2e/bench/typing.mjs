// The time from a key press to the painted place, on a processor slowed down four times.

import { toCode } from "../harness/journey.mjs";
import { open } from "../harness/stage.mjs";
import { median, milliseconds, percentile, table } from "./figures.mjs";

const KEYS = 120;
const SLOW_DOWN = 4;

export async function measureTyping() {
  const stage = await open();
  const { page, context, widget } = stage;
  await toCode(stage);
  await widget.codeField.click();
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOW_DOWN });
  // From the event's time stamp to the end of the frame in which the place has changed.
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
  for (let key = 1; key <= KEYS; key += 1) {
    await page.keyboard.press(key % 7 === 0 ? "ControlOrMeta+Backspace" : "1");
    await page.waitForFunction((count) => window.latencies.length >= count, key);
  }
  const latencies = await page.evaluate(() => window.latencies);
  await stage.close();
  return table(
    [`Key press to painted slot, ${KEYS} keys, CPU ${SLOW_DOWN} times slower`, "median", "p95"],
    [["the widget", milliseconds(median(latencies)), milliseconds(percentile(latencies, 0.95))]],
  );
}
