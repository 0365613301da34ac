// The camera: denied, missing, blocked by a policy, allowed again. The widget reports each before it opens anything, and the customer
// can always continue or cancel.

import assert from "node:assert/strict";
import { calls } from "../harness/journey.mjs";
import { bodyOf } from "../harness/proxy.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";
import { assertExecutedOnce, begin, executedShown, frameElement, inFrame, openApart, toExplanation, toFrame, walk, walkApart, wireOf } from "../harness/wire.mjs";

const text = words.en;

/** How many sessions the widget had opened. */
const sessions = ({ proxy }) => proxy.sent("POST", calls.start).length;

scenario("a denied camera is reported before anything is opened, and the check opens all the same", { camera: "denied" }, async (stage) => {
  const { widget } = stage;
  await toExplanation(stage);
  await widget.says(text.cameraRefused);
  assert.equal(sessions(stage), 0);
  await begin(stage);
  const frame = inFrame(stage);
  await frame.locator("#continue").click();
  await frame.locator("#camera-refused").waitFor();
  assert.equal(sessions(stage), 1);

  // The customer allows it in the browser's settings.
  await stage.allowCamera();
  await frame.locator("#camera-retry").click();
  await frame.locator("button[data-outcome]").first().waitFor();
});

scenario("a camera that is denied inside FaceSign's page can be skipped, and the customer can try again", { camera: "asked" }, async (stage) => {
  const { widget } = stage;
  await toFrame(stage);
  const frame = inFrame(stage);
  await frame.locator("#continue").click();
  // A headless browser denies the request by itself.
  await frame.locator("#camera-refused").waitFor();
  await frame.locator("#camera-skip").click();
  await frame.locator("#continue").click();
  await widget.heading(text.faceTitle).waitFor();
  await widget.says(text.noFace);
  await stage.allowCamera();
  await begin(stage);
  await walk(inFrame(stage));
  await executedShown(stage);
});

scenario("a camera that is revoked while FaceSign's page is open does not close the frame", { camera: "asked" }, async (stage) => {
  await stage.allowCamera();
  await toFrame(stage);
  await stage.refuseCamera();
  await inFrame(stage).locator("#continue").click();
  await inFrame(stage).locator("#camera-refused").waitFor();
  assert.equal(await frameElement(stage).count(), 1);
  await stage.allowCamera();
  await inFrame(stage).locator("#camera-retry").click();
  await inFrame(stage).locator("button[data-outcome]").first().waitFor();
});

scenario("if the page's policy blocks the camera, the check opens in another tab", { page: null }, async (stage) => {
  const { page, widget, proxy } = stage;
  proxy.fault("GET", "/", async (exchange) => {
    const real = await exchange.forward();
    exchange.outgoing.writeHead(real.statusCode, { ...real.headers, "permissions-policy": "camera=(), microphone=()" });
    exchange.outgoing.end(await bodyOf(real));
  });
  await page.goto("/");
  await toExplanation(stage);
  await widget.says(text.cameraBlocked);
  await widget.button(text.faceStart).click();
  await widget.heading(text.faceElsewhere).waitFor();
  await walkApart(await openApart(stage));
  await executedShown(stage);
  await assertExecutedOnce(wireOf(stage));
});

scenario("a missing camera is reported, and the check opens all the same", { camera: "missing" }, async (stage) => {
  const { page, widget } = stage;
  await toExplanation(stage);
  await widget.says(text.cameraMissing);
  await begin(stage);
  await inFrame(stage).locator("#continue").waitFor();
  assert.equal(sessions(stage), 1, "the press opens the session that it shows");
  // The customer can cancel the wire, to continue on a device with a camera.
  await widget.cancel();
  await page.getByText("Nothing was shown or sent. You can try again.").waitFor();
});
