// The tests that an engine or its driver cannot run: for each suite the tests and the reason. They are reported as skipped.

import assert from "node:assert/strict";
import { basename } from "node:path";

const CDP = "counts nodes, listeners and memory with Chromium's own protocol";
const NO_HEADERS = "WebDriver does not expose response headers; the server's policy is the same for every engine";
const NO_SHIFTS = "the engine reports no layout shifts, and only Chromium's own protocol slows the network";
const NO_REFUSAL = "the camera cannot be denied: every request is granted";
const NO_LACK = "the engine's simulated camera cannot be removed";
const NO_FRAMES = "WebDriver lists no frames";
const NO_CACHE = "an automated Firefox has no back/forward cache";
const AXE = "Firefox 153's content process crashes in axe if there is a field for digits";
const NO_BACK = "the driver reports no end of a navigation back to a page without an open connection";
const NO_KEYS = "after an interrupted composition of the engine's test input method no key reaches the page";
const NO_POLICY = "the engine does not expose the permissions policy to the page";
const NO_WASM_POLICY = "WebKitGTK 2.50 runs the module under that policy too";
const NO_KEYS_IN_FRAME = "the driver's keys have no effect on a button in a frame";
const NO_SOURCE = "the driver's scripts cannot send a message whose source is a frame's window";
const NO_FOCUS = "the engine gives an element of another origin's frame the focus only after the customer has pressed something in the frame";
const MOVES_FOCUS = "the driver moves the focus each time it looks into a frame of another origin, or out of it";
const NO_DRAG = "the driver's mouse drags no text";
const NO_WINDOWS = "the engine has no Document Picture-in-Picture";
const CDP_TREE = "reads Chromium's accessibility tree, with Chromium's own protocol";
const NO_LOCKDOWN = "the driver does not switch the engine's compiler off";
const ONE_BY_ONE = "GTK's input method composes one character at a time, by its code point, and no other is available";

const leftOut = {
  firefox: {
    "transcripts-left-to-right": [[/spoken/, CDP_TREE]],
    "transcripts-right-to-left": [[/spoken/, CDP_TREE]],
    translation: [["a browser without WebAssembly and without a compiler of JavaScript", NO_LOCKDOWN]],
    "accessible-ar": [
      ["face, camera refused, ar: axe, targets, reflow", NO_REFUSAL],
      [/^(pin|code|a code|access)\b/, AXE],
    ],
    "accessible-languages": [[/axe/, AXE]],
    "accessible-en": [
      ["face, camera refused, en: axe, targets, reflow", NO_REFUSAL],
      [/^(pin|code|a code|access)\b/, AXE],
    ],
    "enrolment-accessible": [["the screens, en: axe, targets, reflow", AXE]],
    "enrolment-pin": [["by the browser's back button the page continues with the enrolment", NO_BACK]],
    composition: [
      ["a field that loses the focus during a composition keeps each digit once", NO_KEYS],
      ["an element that is removed during a composition starts again without its text", NO_KEYS],
    ],
    fetch: [["the dialog is accessible on a strict page, in its own style", AXE]],
    "first-frame": [[/no layout shift/, NO_SHIFTS]],
    isolated: [["what is in the frame is accessible", AXE]],
    fillers: [["a page that is left during the entry and restored shows what will be submitted", NO_CACHE]],
    lifecycle: [["a hundred mounts and unmounts leave nothing behind", CDP]],
    pages: [[/^in Document Picture-in-Picture/, NO_WINDOWS]],
    paste: [["a code can be dragged into the field", NO_DRAG]],
    "payments-away": [["the customer answers on the phone while the page is in the back/forward cache", NO_CACHE]],
    security: [[/^its approval/, AXE]],
    strict: [["the strict page is accessible at every step", AXE]],
    tabs: [["a page restored by the back button shows the current state", NO_CACHE]],
    "wire-camera": [
      ["if the page's policy blocks the camera, the check opens in another tab", NO_POLICY],
      ["a denied camera is reported before anything is opened, and the check opens all the same", NO_REFUSAL],
      ["a camera that is denied inside FaceSign's page can be skipped, and the customer can try again", NO_REFUSAL],
      ["a camera that is revoked while FaceSign's page is open does not close the frame", NO_REFUSAL],
    ],
    "wire-frame": [
      ["finished messages of the page and of another frame change nothing and cause no poll", NO_SOURCE],
      ["an early message like FaceSign's own makes the widget poll and decides nothing", NO_SOURCE],
    ],
  },
  webkit: {
    "transcripts-left-to-right": [[/spoken/, CDP_TREE]],
    "transcripts-right-to-left": [[/spoken/, CDP_TREE]],
    translation: [["a browser without WebAssembly and without a compiler of JavaScript", NO_LOCKDOWN]],
    composition: [
      [/atOnce/, ONE_BY_ONE],
      ["a composition is painted, and the widget does not change the field", ONE_BY_ONE],
      ["Return during a composition submits nothing", ONE_BY_ONE],
      ["Confirm ends a composition and submits its text", ONE_BY_ONE],
      ["a composition replaces the selection", ONE_BY_ONE],
      ["a field that loses the focus during a composition keeps each digit once", ONE_BY_ONE],
      ["an element that is removed during a composition starts again without its text", ONE_BY_ONE],
      ["a composed text without digits is reported at its end, not before", ONE_BY_ONE],
      ["undo after a composition does not restore the composed text", ONE_BY_ONE],
    ],
    "accessible-ar": [["face, camera refused, ar: axe, targets, reflow", NO_REFUSAL]],
    "accessible-en": [["face, camera refused, en: axe, targets, reflow", NO_REFUSAL]],
    "first-frame": [[/no layout shift/, NO_SHIFTS]],
    isolated: [
      ["what is in the frame is accessible", NO_FRAMES],
      ["with arrival `focus` the field has the focus, and the next screen too", NO_FOCUS],
      ["Tab goes in and out of the frame, both ways, and Escape reaches the page alone", MOVES_FOCUS],
      ["a customer who has gone elsewhere in the page stays there when the screen changes", MOVES_FOCUS],
    ],
    lifecycle: [["a hundred mounts and unmounts leave nothing behind", CDP]],
    pages: [[/^in Document Picture-in-Picture/, NO_WINDOWS]],
    paste: [["a code can be dragged into the field", NO_DRAG]],
    strict: [
      ["every page is served with the policy that the widget supports", NO_HEADERS],
      ["a policy without WebAssembly: the module runs as JavaScript, to a complete approval", NO_WASM_POLICY],
    ],
    "wire-camera": [
      ["if the page's policy blocks the camera, the check opens in another tab", NO_POLICY],
      ["a denied camera is reported before anything is opened, and the check opens all the same", NO_REFUSAL],
      ["a camera that is denied inside FaceSign's page can be skipped, and the customer can try again", NO_REFUSAL],
      ["a camera that is revoked while FaceSign's page is open does not close the frame", NO_REFUSAL],
      ["a missing camera is reported, and the check opens all the same", NO_LACK],
    ],
    "wire-frame": [
      ["the frame cannot navigate the top window", NO_FRAMES],
      ["removing the widget removes the frame and ends the use of the camera", NO_FRAMES],
    ],
    "wire-keyboard": [["a complete wire by keyboard alone", NO_KEYS_IN_FRAME]],
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

/** Asserts that every row matches a test. */
export function assertAllMet(engine) {
  const unmet = (leftOut[engine]?.[suite] ?? []).filter((row) => !met.has(row));
  assert.deepEqual(unmet, [], `left out of ${suite}, which has no such test`);
}
