// Searches for Weavr's tokens, keys and codes, and the client secret, everywhere that they must not be.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { calls } from "../harness/journey.mjs";
import { assertAbsent, leftInPage } from "../harness/leaks.mjs";
import { openPhone, paidShown, tapPhone, toPhone, toWeavrCode, weavrOf } from "../harness/payments.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const WRONG_CODE = "909317";

scenario("no token, key or code of Weavr's is left anywhere", { customer: { weavr: { behaviour: { codes: "fresh" } } } }, async (stage) => {
  const { page, context, widget, proxy } = stage;
  const weavr = weavrOf(stage);

  // One approval by a code, after a wrong one; one on the phone.
  await toWeavrCode(stage);
  const { code } = await weavr.code();
  assert.match(code, /^\d{6}$/);
  await widget.enterCode(WRONG_CODE);
  await widget.notice(text.wrong).waitFor();
  await widget.enterCode(code);
  await paidShown(stage);
  const pages = [await leftInPage(page)];
  await toPhone(stage, "wires");
  pages.push(await leftInPage(page));
  await tapPhone(stage, "approve");
  await paidShown(stage);
  pages.push(await leftInPage(page));

  const [first, second] = stage.approvals;
  const secrets = {
    code,
    "wrong code": WRONG_CODE,
    "first client secret": first.clientSecret,
    "second client secret": second.clientSecret,
    "the programme's key": "weavr_sandbox_key",
    // The prefix of the simulated Weavr's tokens.
    "a token": "weavr-token-",
  };
  assert.ok((await weavr.colleague()).token.startsWith(secrets["a token"]));

  for (const left of pages) for (const [where, content] of Object.entries(left)) assertAbsent(secrets, where, content);
  assertAbsent(secrets, "the console", stage.console.join("\n"));
  assertAbsent(secrets, "the cookies", JSON.stringify(await context.cookies()));
  for (const { method, path, url, headers, body } of proxy.seen) {
    const { authorization: _, ...others } = headers;
    assertAbsent(secrets, `the address of ${method} ${path}`, url);
    assertAbsent(secrets, `the headers of ${method} ${path}`, JSON.stringify(others));
    const { code: __, "wrong code": ___, ...never } = secrets;
    assertAbsent(path === calls.verify ? never : secrets, `the body of ${method} ${path}`, body.toString());
  }
  for (const { path, said } of stage.answers) {
    const { "first client secret": _, "second client secret": __, ...never } = secrets;
    // Sent when payments are created.
    assertAbsent(path === "/api/weavr/payments" ? never : secrets, `the answer of ${path}`, JSON.stringify(said));
  }
  for (const file of process.env.SCA_LOGS.split("\n")) assertAbsent(secrets, file, readFileSync(file, "utf8"));
});

scenario("the page of the customer's phone gets no referrer and no opener", {}, async (stage) => {
  await toPhone(stage);
  const phone = await openPhone(stage);
  assert.deepEqual(await phone.evaluate(() => [document.referrer, window.opener]), ["", null]);
  assertAbsent({ "client secret": stage.approvals[0].clientSecret }, "the phone's address", phone.url());
  await tapPhone(stage, "approve", phone);
  await phone.close();
  await paidShown(stage);
});

scenario("amounts and payees that the page alters are not what is confirmed", {}, async (stage) => {
  const { page, widget, proxy } = stage;
  const body = await new Promise((settle) => {
    proxy.fault("POST", "/api/weavr/payments", async (exchange) => {
      // A compromised page names another amount and another payee.
      const order = JSON.parse(exchange.record.body);
      exchange.record.body = Buffer.from(JSON.stringify({ ...order, amount: 1, payee: "Mallory" }));
      const real = await exchange.forward();
      exchange.outgoing.writeHead(real.statusCode, real.headers);
      real.pipe(exchange.outgoing);
      settle(real.statusCode);
    });
    void page.locator("#weavr").getByRole("button").click();
  });
  assert.equal(body, 400, "the shop accepts no amounts from a page");
  await page.getByRole("heading", { name: "We cannot reach your bank at the moment" }).waitFor();
  assert.equal((await weavrOf(stage).resources()).length, 0);
  assert.equal(await widget.heading(text.wayTitle).count(), 0);
});
