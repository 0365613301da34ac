// A customer's face in the element for enrolments: captured by the page's own function, enrolled, removed.

import assert from "node:assert/strict";
import { assertAccessible, assertNoSidewaysScroll, assertTargetSizes } from "../harness/accessibility.mjs";
import { toOverview } from "../harness/enrolment.mjs";
import { Capture, captureBy, captured, faceCalls, hangs, scans } from "../harness/face.mjs";
import { answer, answerLost } from "../harness/faults.mjs";
import { focusComesTo, tabTo } from "../harness/keyboard.mjs";
import { scenario } from "../harness/scenario.mjs";
import { factorsOf, onSecurity } from "../harness/security.mjs";

const sent = ({ proxy }, path) => proxy.sent("POST", path).length;

/** Goes to the question whether to scan the face. */
async function toNewFace(stage) {
  const element = await toOverview(stage);
  await element.button("Add your face").click();
  await element.heading("Add your face").waitFor();
  return element;
}

const scanNow = async (element) => element.button("Scan my face").click();

scenario("a customer adds their face with the camera, is told so by mail, and removes it", onSecurity, async (stage) => {
  const { page, proxy } = stage;
  const element = await toNewFace(stage);
  const capture = new Capture(page);
  await element.page.getByText("The company you are dealing with keeps the scan").waitFor();
  assert.equal(sent(stage, faceCalls.enrolSession), 0, "nothing begins before the customer does");
  await scanNow(element);
  await capture.shown();
  assert.equal(sent(stage, faceCalls.enrol), 0);
  await capture.scan();
  await element.notice("Your face is added.").waitFor();
  await capture.gone();
  await element.factor("Your face").getByText("Set up", { exact: true }).waitFor();
  assert.equal((await factorsOf(stage).now()).faceMapSet, true);
  const [{ body }] = proxy.sent("POST", faceCalls.enrol);
  const { scan } = JSON.parse(body);
  // A picture of the camera: a JPEG file.
  assert.match(scan.auditTrailImage, /^\/9j\//);
  assert.ok(scan.auditTrailImage.length > scan.lowQualityAuditTrailImage.length);
  await page.getByText(/a face was added/).first().waitFor();
  await element.button("Remove your face").click();
  await element.heading("Remove your face?").waitFor();
  await element.button("Remove").click();
  await element.notice("Your face is removed.").waitFor();
  assert.equal((await factorsOf(stage).now()).faceMapSet, false);
});

scenario("by keyboard a capture is begun and cancelled, and the focus returns", onSecurity, async (stage) => {
  const { page } = stage;
  const element = await toNewFace(stage);
  const capture = new Capture(page);
  await tabTo(page, "Scan my face");
  await page.keyboard.press("Enter");
  await capture.shown();
  await page.keyboard.press("Escape");
  await capture.gone();
  await element.button("Scan my face").waitFor();
  await focusComesTo(page, "Scan my face");
  assert.equal(sent(stage, faceCalls.enrol), 0);
});

scenario("a picture instead of a person is refused, and a scan can follow", onSecurity, async (stage) => {
  const element = await toNewFace(stage);
  const capture = new Capture(stage.page);
  await scanNow(element);
  await capture.scan("photo");
  await element.notice("The scan did not show your face well enough").waitFor();
  await capture.gone();
  await scanNow(element);
  await capture.scan();
  await element.notice("Your face is added.").waitFor();
});

const failing = { ...onSecurity, expected: [/face-capture\.js/] };
scenario("a capture that fails is said, the page learns why, and the customer can try again", failing, async (stage) => {
  captureBy(stage, `if (log.push("begun") === 1) throw new Error("made up by a test");\n${scans}`);
  const element = await toNewFace(stage);
  await scanNow(element);
  await element.notice("Your face could not be scanned, so nothing was sent.").waitFor();
  assert.equal(sent(stage, faceCalls.enrol), 0);
  await scanNow(element);
  await element.notice("Your face is added.").waitFor();
  await captured(stage.page, "success");
});

scenario("a capture that is not one of a face sends nothing", onSecurity, async (stage) => {
  captureBy(stage, `return [undefined, {}, "text", { faceScan: "not base64!", auditTrailImage: "YQ==", lowQualityAuditTrailImage: "YQ==" }][log.push("begun") - 1];`);
  const element = await toNewFace(stage);
  for (const _ of [1, 2, 3, 4]) {
    await scanNow(element);
    await element.notice("Your face could not be scanned, so nothing was sent.").waitFor();
  }
  assert.equal(sent(stage, faceCalls.enrol), 0);
  assert.equal(sent(stage, faceCalls.enrolSession), 4);
});

scenario("a capture that hangs can be left, and is told to stop", onSecurity, async (stage) => {
  captureBy(stage, hangs);
  const element = await toNewFace(stage);
  await scanNow(element);
  await captured(stage.page, "begun");
  await element.button("Back").click();
  await element.overviewShown();
  await captured(stage.page, "stopped");
  assert.equal(sent(stage, faceCalls.enrol), 0);
});

scenario("a capture is told to stop when the element is removed", onSecurity, async (stage) => {
  captureBy(stage, hangs);
  await scanNow(await toNewFace(stage));
  await captured(stage.page, "begun");
  await stage.page.evaluate(() => document.querySelector("sca-enrolment").remove());
  await captured(stage.page, "stopped");
});

scenario("after a lost answer the element reads, claims nothing, and the capture is told that there is no result", onSecurity, async (stage) => {
  captureBy(stage, scans);
  stage.proxy.fault("POST", faceCalls.enrol, answerLost, Number.POSITIVE_INFINITY);
  const element = await toNewFace(stage);
  await scanNow(element);
  await element.notice("The answer was lost, so we do not know whether your face is added.").waitFor();
  await captured(stage.page, "no result");
});

scenario("a page without a capture says that a face cannot be scanned there", { ...onSecurity, expected: [/face-capture\.js/] }, async (stage) => {
  stage.proxy.fault("GET", "/face-capture.js", answer(503, ""), Number.POSITIVE_INFINITY);
  const element = await toOverview(stage);
  await element.factor("Your face").getByText("Your face cannot be scanned on this page.").waitFor();
  assert.equal(await element.button("Add your face").count(), 0);
});

scenario("the screens about a face: axe, targets, reflow", onSecurity, async (stage) => {
  const { page } = stage;
  const element = await toNewFace(stage);
  const check = async (name) => {
    await assertAccessible(page, name);
    await assertTargetSizes(page, name);
    await assertNoSidewaysScroll(page, name);
  };
  await check("a new face");
  await scanNow(element);
  await new Capture(page).shown();
  await check("the capture");
  await new Capture(page).scan();
  await element.notice("Your face is added.").waitFor();
  await element.button("Remove your face").click();
  await element.heading("Remove your face?").waitFor();
  await check("the removal of a face");
});
