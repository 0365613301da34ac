// FaceSign's session URL gives access to the session: it is in the frame's URL and nowhere else.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { calls } from "../harness/journey.mjs";
import { assertAbsent, leftInPage } from "../harness/leaks.mjs";
import { scenario } from "../harness/scenario.mjs";
import { executedShown, frameElement, inFrame, openApart, toFrame, walk, walkApart, wireOf } from "../harness/wire.mjs";

scenario("the URL of a session is only in the frame and in the link beside it", {}, async (stage) => {
  const { page, context, proxy, approvals } = stage;
  await toFrame(stage);
  const url = await frameElement(stage).getAttribute("src");
  const secrets = { "FaceSign's secret": new URL(url).searchParams.get("cs"), "client secret": approvals[0].clientSecret };
  assert.ok(secrets["FaceSign's secret"].length > 20);

  const whileShown = await leftInPage(page);
  const inDocument = whileShown["the document"].split("\n").filter((line) => line.includes(secrets["FaceSign's secret"]));
  assert.deepEqual(inDocument.map((line) => line.split("=")[0]).sort(), ["href", "src"]);
  delete whileShown["the document"];
  // Performance entries contain the URLs of frames, just as the document does.
  delete whileShown["performance entries"];
  await walk(inFrame(stage));
  await executedShown(stage);

  const afterwards = await leftInPage(page);
  delete afterwards["performance entries"];
  for (const left of [whileShown, afterwards]) {
    for (const [where, content] of Object.entries(left)) assertAbsent(secrets, where, content);
  }
  assertAbsent(secrets, "the console", stage.console.join("\n"));
  assertAbsent(secrets, "the cookies", JSON.stringify(await context.cookies()));
  for (const { method, path, url: address, headers, body } of proxy.seen) {
    const { authorization: _, ...others } = headers;
    assertAbsent(secrets, `the address of ${method} ${path}`, address);
    assertAbsent(secrets, `the headers of ${method} ${path}`, JSON.stringify(others));
    assertAbsent(secrets, `the body of ${method} ${path}`, body.toString());
  }
  const { "FaceSign's secret": way, "client secret": client } = secrets;
  for (const { path, said } of stage.answers) {
    if (path !== calls.start && path !== calls.approval) assertAbsent({ way }, `the answer of ${path}`, JSON.stringify(said));
    if (path !== "/api/wires") assertAbsent({ client }, `the answer of ${path}`, JSON.stringify(said));
  }
  for (const file of process.env.SCA_LOGS.split("\n")) assertAbsent(secrets, file, readFileSync(file, "utf8"));
  for (const notice of await wireOf(stage).notices()) assertAbsent(secrets, "a notice", JSON.stringify(notice));
  assertAbsent(secrets, "the bank's ledger", JSON.stringify(await wireOf(stage).ledger()));
});

scenario("FaceSign's page in another tab gets no referrer and no opener", {}, async (stage) => {
  await toFrame(stage);
  const tab = await openApart(stage);
  await tab.locator("main[data-state=asking]").waitFor();
  assert.deepEqual(await tab.evaluate(() => [document.referrer, window.opener]), ["", null]);
  await walkApart(tab);
  await executedShown(stage);
});
