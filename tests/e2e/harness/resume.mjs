// A page that goes on with the approval that was open when the customer left it.

import assert from "node:assert/strict";
import { assertAbsent, leftInPage } from "./leaks.mjs";

/** The line that tells the customer, while it is visible. */
export const keptLine = ({ page }) => page.getByText("We kept your place.").filter({ visible: true });

/** Waits for the line, which has the focus. */
export async function assertKept({ page }) {
  await keptLine({ page }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.className), "kept");
}

/** Reloads the page, and asserts that its server knows of nothing open, and that it shows nothing. */
export async function reloadToNothing({ page, proxy, answers }) {
  const answered = () => answers.filter(({ path }) => path === "/api/approvals");
  const before = answered().length;
  await page.reload();
  await proxy.until(() => answered().length > before);
  assert.deepEqual(answered().at(-1).said.approvals, []);
  await page.locator("a[data-phone]").waitFor();
  assert.equal(await page.locator("sca-widget").count(), 0);
  assert.equal(await keptLine({ page }).count(), 0);
}

/** Asserts that the server has opened one approval, and that each of the widget's calls was about it. */
export function assertOneApproval({ proxy, approvals }) {
  assert.equal(approvals.length, 1);
  const named = proxy.seen.map(({ url }) => /^\/sca\/v1\/approval\/([^/?]+)/.exec(url)?.[1]).filter(Boolean);
  assert.deepEqual([...new Set(named)], [approvals[0].id]);
}

/** Asserts that the page has left neither the client secret nor another secret in the browser. */
export async function assertNoSecretKept({ page, context, approvals }, others = {}) {
  const secrets = { "client secret": approvals[0].clientSecret, ...others };
  for (const [where, content] of Object.entries(await leftInPage(page))) assertAbsent(secrets, where, content);
  assertAbsent(secrets, "the cookies", JSON.stringify(await context.cookies()));
}
