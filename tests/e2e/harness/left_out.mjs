// What an engine, or what drives it, cannot do: for each suite the tests and the reason. They are printed as skipped.

import assert from "node:assert/strict";
import { basename } from "node:path";

const CDP = "counts nodes, listeners and memory by Chromium's own protocol";
const NO_HEADERS = "WebDriver shows no answer's headers; the policy is the server's, whatever the engine";
const NO_REFUSAL = "nobody can refuse the camera: what a page asks for is granted";
const NO_LACK = "the engine's simulated camera is always there";
const NO_FRAMES = "WebDriver lists no frames";
const NO_CACHE = "a Firefox that is driven keeps no page for the back button";
const AXE = "Firefox 153's content process crashes in axe where there is a field for digits";
const NO_KEYS = "no key reaches the page any more once the engine's own test of an input method was cut off amid a composition";
const NO_POLICY = "the engine does not tell a page what its policy keeps from it";
const NO_WASM_POLICY = "WebKitGTK 2.50 runs the module under that policy too";
const NO_KEYS_IN_FRAME = "the driver's keys do nothing on a button in a frame";
const NO_SOURCE = "a script of the driver's cannot make a message whose source is a frame's window";
const ONE_BY_ONE = "GTK's input method composes one sign at a time, by its number, and no other can be reached";

const leftOut = {
  firefox: {
    "accessible-ar": [
      ["face, camera refused, ar: axe, targets, reflow", NO_REFUSAL],
      [/^(pin|code|a code)\b/, AXE],
    ],
    "accessible-en": [
      ["face, camera refused, en: axe, targets, reflow", NO_REFUSAL],
      [/^(pin|code|a code)\b/, AXE],
    ],
    composition: [
      ["a field that loses the focus amid a composition keeps each digit once", NO_KEYS],
      ["an element that is taken out amid a composition begins anew and keeps nothing of it", NO_KEYS],
    ],
    fillers: [["a page that is left in the middle and come back to says what will be sent", NO_CACHE]],
    lifecycle: [["a hundred mounts and unmounts leave nothing behind", CDP]],
    "payments-away": [["back by the back button while the answer was given", NO_CACHE]],
    strict: [["the strict page is accessible at every step", AXE]],
    tabs: [["coming back by the back button shows the truth", NO_CACHE]],
    "wire-camera": [
      ["a page whose policy keeps the camera: the check opens apart", NO_POLICY],
      ["a camera that the customer keeps from the site is told before anything is opened", NO_REFUSAL],
      ["a camera that is refused inside FaceSign's page: the customer can skip it, and try again", NO_REFUSAL],
      ["a camera that is taken away while FaceSign's page is open leaves the frame where it is", NO_REFUSAL],
    ],
    "wire-frame": [
      ["finished messages of the page and of another frame change nothing and ask nothing", NO_SOURCE],
      ["a message as FaceSign's own, too early, makes the widget look and decides nothing", NO_SOURCE],
    ],
  },
  webkit: {
    composition: [
      [/atOnce/, ONE_BY_ONE],
      ["what is being composed is painted, and the field left to the input method", ONE_BY_ONE],
      ["Return amid a composition hands nothing in", ONE_BY_ONE],
      ["Confirm ends a composition and hands in what it was", ONE_BY_ONE],
      ["a composition takes the place of what is selected", ONE_BY_ONE],
      ["a field that loses the focus amid a composition keeps each digit once", ONE_BY_ONE],
      ["an element that is taken out amid a composition begins anew and keeps nothing of it", ONE_BY_ONE],
      ["what is no digit is told when it has been composed, and not before", ONE_BY_ONE],
      ["what is undone after a composition does not come back beside it", ONE_BY_ONE],
    ],
    "accessible-ar": [["face, camera refused, ar: axe, targets, reflow", NO_REFUSAL]],
    "accessible-en": [["face, camera refused, en: axe, targets, reflow", NO_REFUSAL]],
    lifecycle: [["a hundred mounts and unmounts leave nothing behind", CDP]],
    strict: [
      ["every page is served with the policy that the widget promises to work under", NO_HEADERS],
      ["a policy without WebAssembly is told in plain words, and once to the page", NO_WASM_POLICY],
    ],
    "wire-camera": [
      ["a page whose policy keeps the camera: the check opens apart", NO_POLICY],
      ["a camera that the customer keeps from the site is told before anything is opened", NO_REFUSAL],
      ["a camera that is refused inside FaceSign's page: the customer can skip it, and try again", NO_REFUSAL],
      ["a camera that is taken away while FaceSign's page is open leaves the frame where it is", NO_REFUSAL],
      ["a device without a camera is told so", NO_LACK],
    ],
    "wire-frame": [
      ["the frame cannot lead the page around it away", NO_FRAMES],
      ["taking the widget away takes the frame away, and the camera with it", NO_FRAMES],
    ],
    "wire-keyboard": [["a whole wire by keyboard alone", NO_KEYS_IN_FRAME]],
  },
};

const suite = basename(process.argv[1] ?? "", ".test.mjs");
const met = new Set();

/** Why a test is left out in an engine; false when it is not. */
export function whyLeftOut(engine, test) {
  const row = leftOut[engine]?.[suite]?.find(([tests]) => (tests instanceof RegExp ? tests.test(test) : tests === test));
  if (!row) return false;
  met.add(row);
  return `in ${engine}: ${row[1]}`;
}

/** Every row is about a test that there is. */
export function assertAllMet(engine) {
  const unmet = (leftOut[engine]?.[suite] ?? []).filter((row) => !met.has(row));
  assert.deepEqual(unmet, [], `left out of ${suite}, which has no such test`);
}
