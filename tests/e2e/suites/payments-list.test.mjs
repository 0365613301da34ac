// A list of payments that is longer than its box: every item can be reached, and screen readers find a list.

import assert from "node:assert/strict";
import { nameOfFocus } from "../harness/keyboard.mjs";
import { scenario } from "../harness/scenario.mjs";
import { states } from "../harness/states.mjs";

const { reach } = states.find(({ name }) => name === "many payments");

scenario("forty payments can be scrolled by keyboard, and no payee's text direction affects another", {}, async (stage) => {
  const { page } = stage;
  await reach(stage);
  const list = page.getByRole("group", { name: "40 payments", exact: true });
  assert.equal(await list.getByRole("list").getByRole("listitem").count(), 40);
  assert.equal(await list.locator(".sca-payee bdi[dir=auto]").count(), 40);

  const hasFocus = () => list.evaluate((element) => element.matches(":focus"));
  await page.locator("#weavr [name=what]").focus();
  for (let presses = 0; !(await hasFocus()); presses += 1) {
    assert.ok(presses < 20, `Tab never came to the list, only to ${await nameOfFocus(page)}`);
    await page.keyboard.press("Tab");
  }
  assert.equal(await list.evaluate((element) => element.scrollTop), 0);
  await page.keyboard.press("End");
  const last = list.getByRole("listitem").last();
  await last.filter({ hasText: "Invoice 40" }).waitFor();
  await last.evaluate((item) => {
    const list = item.closest("[role=group]");
    const isInSight = () => item.getBoundingClientRect().bottom <= list.getBoundingClientRect().bottom + 1;
    return new Promise((settle) => {
      const look = () => (isInSight() ? settle() : setTimeout(look, 20));
      look();
    });
  });
  await page.keyboard.press("Tab");
  assert.equal(await hasFocus(), false, "and out of it again");
});
