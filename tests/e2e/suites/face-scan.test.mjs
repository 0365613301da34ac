// The scan of the customer's face as a factor of an approval, captured by the page's own function.

import assert from "node:assert/strict";
import { assertAccessible, assertNoSidewaysScroll, assertTargetSizes } from "../harness/accessibility.mjs";
import { requestedOfEnrolment } from "../harness/device.mjs";
import { Capture, captureBy, captured, faceCalls, faceOrCode, hangs, scans, toCheckoutWithFace, toFace } from "../harness/face.mjs";
import { answer, answerLost } from "../harness/faults.mjs";
import { CODE, PIN, askForStatement, statementShown } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { Widget } from "../harness/widget.mjs";

const bare = { page: "/strict.html" };
const face = "Face check";
const attempts = ({ proxy }) => proxy.sent("POST", faceCalls.verify);

/** The challenge that asks for the face is cleared with a code instead. */
async function codeInstead(stage) {
  const { widget } = stage;
  await widget.choose(widget.words.sms);
  await widget.enterCode(CODE);
  await statementShown(stage);
}

scenario("after the PIN the camera opens, and the customer's face confirms", bare, async (stage) => {
  const { page, widget } = stage;
  await toCheckoutWithFace(stage, { challenges: ["pin", "face"] });
  await askForStatement(stage);
  await widget.says(widget.words.step(1, 2));
  await widget.enterPin(PIN);
  await widget.heading(widget.words.wayTitle).waitFor();
  await widget.says(widget.words.step(2, 2));
  await widget.says(widget.words.faceUse);
  assert.equal(stage.proxy.sent("POST", faceCalls.session).length, 0, "no camera before the customer asks for it");
  await widget.choose(face);
  const capture = new Capture(page);
  await capture.scan();
  await statementShown(stage);
  await capture.gone();
  assert.equal(attempts(stage).length, 1);
  const { shown, challenge } = JSON.parse(attempts(stage)[0].body);
  assert.ok(shown.digest && challenge);
});

scenario("somebody else's face is refused, the attempt counts, and a code confirms instead", bare, async (stage) => {
  const { page, widget } = stage;
  await toCheckoutWithFace(stage);
  await toFace(stage);
  await widget.choose(face);
  await new Capture(page).scan("other");
  await widget.notice(widget.words.faceNotRecognised).waitFor();
  await widget.notice(widget.words.attemptsLeft(4)).waitFor();
  await new Capture(page).gone();
  await codeInstead(stage);
});

scenario("a capture that the customer cancels uses no attempt and says nothing, and can be begun again", bare, async (stage) => {
  const { page, widget } = stage;
  await toCheckoutWithFace(stage);
  await toFace(stage);
  const capture = new Capture(page);
  await widget.choose(face);
  await capture.shown();
  await capture.cancel();
  await capture.gone();
  await widget.way(face).waitFor();
  assert.equal(await widget.notice(widget.words.faceNotScanned).count(), 0);
  assert.equal(attempts(stage).length, 0);
  await widget.choose(face);
  await capture.scan();
  await statementShown(stage);
});

scenario("a capture that fails uses no attempt, and a code confirms instead", { ...bare, expected: [/face-capture\.js/] }, async (stage) => {
  const { widget } = stage;
  captureBy(stage, `throw new Error("made up by a test");`);
  await toCheckoutWithFace(stage);
  await toFace(stage);
  await widget.choose(face);
  await widget.notice(widget.words.faceNotScanned).waitFor();
  assert.equal(attempts(stage).length, 0);
  await codeInstead(stage);
});

scenario("while a capture hangs, the customer can turn to a code, and the capture is told to stop", bare, async (stage) => {
  const { page, widget } = stage;
  captureBy(stage, hangs);
  await toCheckoutWithFace(stage);
  await toFace(stage);
  await widget.choose(face);
  await captured(page, "begun");
  await widget.way(widget.words.scanningFace).waitFor();
  await widget.choose(widget.words.sms);
  await captured(page, "stopped");
  await widget.enterCode(CODE);
  await statementShown(stage);
  assert.equal(attempts(stage).length, 0);
});

for (const [name, end] of [
  ["the customer cancels the approval", ({ widget }) => widget.button(widget.words.cancel).click()],
  ["the page removes the widget", ({ page }) => page.evaluate(() => document.querySelector("sca-widget").remove())],
]) {
  scenario(`a capture is told to stop when ${name}`, bare, async (stage) => {
    captureBy(stage, hangs);
    await toCheckoutWithFace(stage);
    await toFace(stage);
    await stage.widget.choose(face);
    await captured(stage.page, "begun");
    await end(stage);
    await captured(stage.page, "stopped");
  });
}

scenario("after a lost answer the widget asks the backend, and the capture is told that there is no result", bare, async (stage) => {
  const { page, widget, proxy } = stage;
  captureBy(stage, scans);
  await toCheckoutWithFace(stage, { challenges: ["face", "phone"] });
  await toFace(stage);
  proxy.fault("POST", faceCalls.verify, answerLost, Number.POSITIVE_INFINITY);
  await widget.choose(face);
  // The backend knows that the challenge is cleared.
  await widget.heading(widget.words.chooseTitle).waitFor();
  await captured(page, "no result");
  await codeInstead(stage);
});

scenario("a page that cannot load its capture uses the smaller module, and a code confirms instead", { ...bare, expected: [/face-capture\.js/] }, async (stage) => {
  const { widget, proxy } = stage;
  proxy.fault("GET", "/face-capture.js", answer(503, ""), Number.POSITIVE_INFINITY);
  await toCheckoutWithFace(stage);
  await toFace(stage);
  await widget.says(widget.words.notPossible);
  assert.equal(await widget.way(face).count(), 0);
  assert.deepEqual(requestedOfEnrolment(stage), []);
  await codeInstead(stage);
});

for (const language of ["en", "ar"]) {
  scenario(`the choice, ${language}: axe, targets, reflow`, bare, async (stage) => {
    const { page } = stage;
    await toCheckoutWithFace(stage, faceOrCode);
    await toFace(stage);
    if (language !== "en") await page.locator("#language").selectOption(language);
    const widget = new Widget(page, language);
    await widget.says(widget.words.faceUse);
    await assertAccessible(page, `the choice, ${language}`);
    await assertTargetSizes(page, "the choice");
    await assertNoSidewaysScroll(page, "the choice");
  });
}
