// The page "Security" around the enrolment: the approval before it, and what the page shows if it cannot begin.

import assert from "node:assert/strict";
import { assertAccessible, assertNoSidewaysScroll } from "../harness/accessibility.mjs";
import { engine } from "../harness/engine.mjs";
import { answer, problem } from "../harness/faults.mjs";
import { scenario } from "../harness/scenario.mjs";
import { confirmInWidget, lastEnrolment, manage, onSecurity, openEnrolment } from "../harness/security.mjs";

const heading = ({ page }, name) => page.getByRole("heading", { name, exact: true }).waitFor();

scenario("the checkout links to the page, which links back", {}, async ({ page }) => {
  await page.getByRole("link", { name: /^Security/ }).click();
  await heading({ page }, "Security");
  await page.getByRole("link", { name: "Back to your accounts" }).click();
  await heading({ page }, "Good morning, Oliver");
});

scenario("without the customer's approval no enrolment begins", onSecurity, async (stage) => {
  const { page, widget, proxy, customer } = stage;
  await manage(stage);
  await widget.pinField.waitFor();
  await widget.cancel();
  await page.getByText("Nothing was changed. You can try again.").waitFor();
  assert.equal(proxy.sent("POST", "/api/security").length, 1);
  assert.equal(await openEnrolment(customer), null);
});

scenario("the page downloads one module for the approval and the enrolment", onSecurity, async (stage) => {
  const { page, proxy } = stage;
  await page.waitForFunction(() => customElements.get("sca-enrolment") !== undefined);
  await manage(stage);
  await confirmInWidget(stage);
  await heading(stage, "How you confirm payments");
  const modules = ["sca_widget", "sca_enrolment"].map((name) => proxy.sent("GET", `/pkg/dist/${name}_bg.wasm`).length);
  assert.deepEqual(modules, [0, 1]);
});

scenario("if the enrolment's part cannot be loaded, the approval is not lost", { ...onSecurity, expected: [/enrolment\/index\.js|404/] }, async (stage) => {
  stage.proxy.fault("GET", "/pkg/enrolment/index.js", answer(404, ""), Number.POSITIVE_INFINITY);
  await stage.page.reload();
  await manage(stage);
  await confirmInWidget(stage);
  await heading(stage, "This part of the page could not be loaded");
  assert.deepEqual(await openEnrolment(stage.customer), lastEnrolment(stage));
});

scenario("an approval that can no longer be used is asked for again", onSecurity, async (stage) => {
  const { page, proxy } = stage;
  await manage(stage);
  await stage.widget.pinField.waitFor();
  proxy.fault("POST", "/api/security", problem(409, "step-up-required"));
  await confirmInWidget(stage);
  await heading(stage, "We have to ask you again");
  await page.getByText("Nothing was changed. Please start again.").waitFor();
  await manage(stage);
  await stage.widget.pinField.waitFor();
});

const nothingAsked = { ...onSecurity, customer: { pin: null, behaviour: { challenges: [] } } };
scenario("a customer whom Wise asks for nothing is told that the partner has to identify them", nothingAsked, async (stage) => {
  await manage(stage);
  await heading(stage, "We have to identify you first");
  assert.equal(await stage.page.locator("sca-widget").count(), 0);
});

for (const language of ["en", "ar"]) {
  const setting = { ...onSecurity, language };
  const assertUsable = async ({ page }, where) => {
    for (const colorScheme of engine.colorSchemes) {
      if (colorScheme) await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await assertAccessible(page, `${where}, ${language}, ${colorScheme ?? "as it is"}`);
    }
    if (!engine.isResizable) return;
    await page.setViewportSize({ width: 320, height: 640 });
    await assertNoSidewaysScroll(page, `${where}, ${language}`);
  };

  scenario(`the page, ${language}: axe, reflow`, setting, async (stage) => {
    await stage.page.locator("[data-no-mail]").waitFor();
    await assertUsable(stage, "before");
  });

  scenario(`its approval, ${language}: axe, reflow`, setting, async (stage) => {
    await manage(stage);
    await stage.widget.pinField.waitFor();
    await assertUsable(stage, "approval");
  });
}
