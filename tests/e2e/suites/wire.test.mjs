// A wire in the browser and in the bank's ledger: the successful flow, and every other outcome.

import assert from "node:assert/strict";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";
import {
  assertExecutedOnce,
  assertNotExecuted,
  begin,
  executedShown,
  frameElement,
  inFrame,
  sendWire,
  toExplanation,
  toFrame,
  walk,
  wireOf,
} from "../harness/wire.mjs";

const text = words.en;

scenario("a wire is approved on FaceSign's page and executed once", {}, async (stage) => {
  const { page, widget } = stage;
  await toExplanation(stage);
  for (const shown of ["$50,000.00", "Acme Corp", "7890"]) await widget.says(shown);
  const wire = wireOf(stage);
  assert.equal(await frameElement(stage).count(), 0, "nothing is opened before the customer has asked for it");
  assert.equal((await wire.sessions()).length, 0);

  await begin(stage);
  const frame = frameElement(stage);
  const address = new URL(await frame.getAttribute("src"));
  assert.equal(address.origin, process.env.SCA_FACESIGN_PAGES);
  assert.equal(await frame.getAttribute("referrerpolicy"), "no-referrer");
  assert.match(await frame.getAttribute("allow"), new RegExp(`camera ${address.origin}; microphone ${address.origin}`));
  await widget.says("$50,000.00");
  await assertNotExecuted(wire);

  await walk(inFrame(stage));
  await executedShown(stage);
  assert.equal(await frame.count(), 0);
  const data = await assertExecutedOnce(wire);
  assert.deepEqual(data.amount, { minor: 5_000_000, currency: "USD" });
  assert.equal(data.payee, "Acme Corp");
  assert.equal((await wire.session()).status, "complete");
  await page.getByText("The bank has executed the wire of $50,000.00 to Acme Corp.").waitFor();
});

scenario("a small wire needs no approval", {}, async (stage) => {
  await sendWire(stage, 900);
  await executedShown(stage);
  assert.equal(await stage.page.locator("sca-widget").count(), 0);
  const wire = wireOf(stage);
  await assertExecutedOnce(wire);
  assert.equal((await wire.sessions()).length, 0);
});

scenario("the highest amount that is exempt, and the next one", {}, async (stage) => {
  await sendWire(stage, 10_000);
  await executedShown(stage);
  await sendWire(stage, 10_001);
  await stage.widget.heading(text.faceTitle).waitFor();
  await assertNotExecuted(wireOf(stage));
});

scenario("the complete flow in Arabic", { language: "ar" }, async (stage) => {
  await toFrame(stage);
  await walk(inFrame(stage));
  await stage.page.getByRole("heading", { name: "نُفِّذ" }).waitFor();
  await assertExecutedOnce(wireOf(stage));
});

/** Final outcomes: the session script, the widget's text, and whether the partner has to escalate. */
for (const [row, message, escalated] of [
  ["deepfake", text.notVerified, true],
  ["deepfakeVerdict", text.notVerified, true],
  ["highFraudRisk", text.notVerified, true],
  ["denied", text.denied, false],
  ["stalled", text.unclear, false],
  ["codeFailed", text.codeFailed, false],
]) {
  scenario(`${row}: the wire is declined with a reason, and not executed`, {}, async (stage) => {
    const { page, widget } = stage;
    await toFrame(stage);
    const wire = wireOf(stage);
    await wire.play(row);
    await widget.heading(text.declined).waitFor();
    await widget.says(message);
    await page.getByText("Nothing was shown or sent. You can try again.").waitFor();
    assert.equal(await frameElement(stage).count(), 0);
    // The approval has ended, and the wire is blocked.
    await wire.heard("notices", 2);
    const notices = await wire.notices();
    const blocked = notices.filter(({ type }) => type === "transfer.blocked");
    assert.equal(blocked.length, 1);
    assert.equal(blocked[0].body.data.escalate ?? false, escalated, "the partner is asked to escalate if fraud is suspected");
    assert.equal(notices.filter(({ type }) => type === "approval.settled").length, 1);
    await assertNotExecuted(wire);
  });
}

/** Failures after which the customer may try again. */
for (const [row, message] of [
  ["noFace", text.noFace],
  ["inconclusive", text.inconclusive],
  ["codeNotDelivered", text.codeNotDelivered],
  ["codeError", text.codeNotDelivered],
  ["abandoned", text.abandoned],
]) {
  scenario(`${row}: the customer sees why, and can try again`, {}, async (stage) => {
    const { widget } = stage;
    await toFrame(stage);
    const wire = wireOf(stage);
    await wire.play(row);
    await widget.heading(text.faceTitle).waitFor();
    await widget.says(message);
    assert.equal(await frameElement(stage).count(), 0);
    await assertNotExecuted(wire);
    await begin(stage);
    assert.equal((await wire.sessions()).length, 2, "another attempt is another session");
    await walk(inFrame(stage));
    await executedShown(stage);
    await assertExecutedOnce(wire);
  });
}

scenario("expired: a session that expired before it was opened can be replaced by another", {}, async (stage) => {
  const { widget } = stage;
  await toExplanation(stage);
  const wire = wireOf(stage);
  await wire.behave({ page: { load: "unstarted" } });
  await widget.button(text.faceStart).click();
  await frameElement(stage).waitFor();
  await wire.play("expired");
  await widget.says(text.sessionExpired);
  await wire.behave({});
  await begin(stage);
  await walk(inFrame(stage));
  await executedShown(stage);
  await assertExecutedOnce(wire);
});

scenario("after three sessions the wire is declined", {}, async (stage) => {
  const { widget } = stage;
  await toExplanation(stage);
  const wire = wireOf(stage);
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await begin(stage);
    await wire.play("noFace");
    if (attempt < 3) await widget.says(text.noFace);
  }
  await widget.heading(text.declined).waitFor();
  assert.equal((await wire.sessions()).length, 3);
  await assertNotExecuted(wire);
});

scenario("cancelling the code on FaceSign's page cancels the approval", {}, async (stage) => {
  await toFrame(stage);
  const wire = wireOf(stage);
  await wire.play("codeCancelled");
  await stage.widget.heading(text.cancelled).waitFor();
  await assertNotExecuted(wire);
});

scenario("while FaceSign analyses the video, the widget says that it checks; the result ends it", {}, async (stage) => {
  const { widget } = stage;
  await toExplanation(stage);
  const wire = wireOf(stage);
  await wire.behave({ video: "normal", analysisSeconds: 3600 });
  await begin(stage);
  await walk(inFrame(stage));
  await widget.heading(text.checkingTitle).waitFor();
  assert.equal(await frameElement(stage).count(), 0);
  await assertNotExecuted(wire);
  await wire.analyse({ video: "normal" });
  await executedShown(stage);
  await assertExecutedOnce(wire);
});

scenario("if FaceSign's session is for another transfer than the frozen one, the wire is declined", {}, async (stage) => {
  const { widget } = stage;
  await toFrame(stage);
  const wire = wireOf(stage);
  await wire.tamper({ settings: { clientReferenceId: "somebody-else" } });
  await wire.play("verified");
  await widget.heading(text.declined).waitFor();
  await widget.says(text.changed);
  await assertNotExecuted(wire);
});

scenario("cancelling at the explanation and while the frame is shown ends the wire", {}, async (stage) => {
  const { page, widget } = stage;
  await toExplanation(stage);
  await widget.cancel();
  await page.getByText("Nothing was shown or sent. You can try again.").waitFor();
  await toFrame(stage);
  const wire = wireOf(stage);
  await widget.cancel();
  await widget.heading(text.cancelled).waitFor();
  assert.equal(await frameElement(stage).count(), 0);
  // The customer completes a session page that is still open elsewhere: too late.
  await wire.play("verified");
  await assertNotExecuted(wire);
});
