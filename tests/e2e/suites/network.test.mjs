// Faults of calls and answers. After each the customer sees a correct text, no attempt is lost, and nothing is sent twice.

import assert from "node:assert/strict";
import * as faults from "../harness/faults.mjs";
import { CODE, PIN, calls, nothingHappened, statementShown, toCode, toPin, unreachableShown } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/**
 * The calls that the widget makes, in order, without repetitions by the browser. A browser may repeat a request by itself when
 * the connection breaks. That is the same attempt, with the same idempotency key.
 */
const made = (proxy, from) => {
  const attempts = new Set();
  return proxy.seen
    .slice(from)
    .filter(({ path }) => path.startsWith("/sca/") && path !== calls.events)
    .filter(({ attempt }) => attempt === undefined || (!attempts.has(attempt) && attempts.add(attempt)))
    .map(({ method, path }) => `${method} ${path}`);
};

const count = (list, call) => list.filter((each) => each === call).length;

for (const [what, act] of [
  ["lost on the way back", faults.answerLost],
  ["cut off in the middle of a line", faults.brokenBody],
  ["truncated JSON", faults.truncated],
]) {
  scenario(`an answer to a code that is ${what}: the widget polls, and the code was submitted once`, {}, async (stage) => {
    const { widget, proxy } = stage;
    await toCode(stage);
    const from = proxy.seen.length;
    proxy.fault("POST", calls.verify, act);
    await widget.enterCode(CODE);
    await statementShown(stage);
    assert.equal(count(made(proxy, from), `POST ${calls.verify}`), 1);
  });
}

for (const [what, act] of [
  ["never reaches the server", faults.unreachable],
  ["is answered with a web page", faults.html()],
  ["is answered with a web page and 500", faults.html(500)],
  ["is answered with a web page and 502", faults.html(502)],
  ["is answered with 204 and nothing", faults.answer(204)],
  ["is answered with 50 MB", faults.huge(50 << 20)],
  ["is redirected to a login page", faults.redirect("/strict.html")],
]) {
  scenario(`a code that ${what}: the widget polls first, and the code can be entered again`, {}, async (stage) => {
    const { widget, proxy } = stage;
    await toCode(stage);
    const from = proxy.seen.length;
    proxy.fault("POST", calls.verify, act);
    await widget.enterCode(CODE);
    await widget.says(text.noAnswer);
    assert.equal(count(made(proxy, from), `POST ${calls.verify}`), 1);
    assert.equal(count(made(proxy, from), `GET ${calls.approval}`), 1, "the widget polled");
    await widget.enterCode(CODE);
    await statementShown(stage);
  });

  scenario(`a first read of the approval that ${what} is repeated`, {}, async (stage) => {
    stage.proxy.fault("GET", calls.approval, act);
    await toPin(stage);
  });
}

scenario("offline while a code is being submitted: the widget polls before anything else, and makes one POST", {}, async (stage) => {
  const { context, widget, proxy } = stage;
  // The event stream would report the new state first.
  proxy.fault("GET", calls.events, faults.html(503), Number.POSITIVE_INFINITY);
  await toCode(stage);
  const verify = faults.answerHeld();
  proxy.fault("POST", calls.verify, verify.act);
  const from = proxy.seen.length;
  await widget.enterCode(CODE);
  await verify.arrived;
  // Awaited from before, since it is shown for a few seconds only.
  await Promise.all([widget.says(text.checking), context.setOffline(true).then(proxy.dropConnections)]);
  await context.setOffline(false);
  await statementShown(stage);
  const list = made(proxy, from);
  assert.equal(list[list.indexOf(`POST ${calls.verify}`) + 1], `GET ${calls.approval}`);
  assert.equal(count(list, `POST ${calls.verify}`), 1);
});

scenario("offline before anything is sent: nothing is lost, and the widget continues when it is online", {}, async (stage) => {
  const { context, widget, proxy } = stage;
  await toCode(stage);
  await context.setOffline(true);
  await widget.enterCode(CODE);
  await widget.confirm.and(stage.page.locator("[aria-disabled=true]")).waitFor({ state: "detached" });
  await context.setOffline(false);
  await widget.says(text.notReceived);
  await widget.enterCode(CODE);
  await statementShown(stage);
  assert.equal(proxy.sent("POST", calls.verify).length, 2, "the PIN, and the code once");
});

scenario("an unreachable server is reported, and the customer can retry", { clock: true }, async (stage) => {
  const { page, widget, proxy } = stage;
  proxy.fault("GET", calls.approval, faults.html(503), 4);
  await page.getByRole("button", { name: "Show my statement" }).click();
  await unreachableShown(stage);
  assert.equal(proxy.sent("GET", calls.approval).length, 4, "it stops and asks the customer");
  await widget.button(text.tryAgain).click();
  await widget.pinField.waitFor();
});

scenario("after a 429 nothing is sent before its time, and then the widget continues", { clock: true }, async (stage) => {
  const { page, widget, proxy, clock } = stage;
  await toCode(stage);
  proxy.fault("POST", calls.verify, faults.problem(429, "too-many-requests", { retryAfter: 120 }, { "retry-after": "120" }));
  await widget.enterCode(CODE);
  await widget.says(text.waitFor);
  const before = proxy.sent("POST", calls.verify).length;
  await widget.codeField.click();
  await page.keyboard.type(CODE);
  await page.keyboard.press("Enter");
  // However slowly the test runs, the two minutes of the Retry-After are not over.
  await clock.forward(30);
  await page.keyboard.press("Enter");
  await widget.says(text.waitFor);
  assert.equal(proxy.sent("POST", calls.verify).length, before, "nothing is sent early");
  assert.equal(await widget.codeField.inputValue(), CODE, "nothing typed is lost");
  await clock.forward(91);
  await page.keyboard.press("Enter");
  await statementShown(stage);
});

scenario("a 429 with only a Retry-After header counts, too", { clock: true }, async (stage) => {
  const { widget, proxy, clock } = stage;
  await toCode(stage);
  proxy.fault("POST", calls.verify, faults.answer(429, "Slow down", { "content-type": "text/plain", "retry-after": "59" }));
  await widget.enterCode(CODE);
  await widget.says(/You can go on in .?[1-5]?\d/);
  await clock.forward(60);
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("a customer whose session with the provider has ended is asked to sign in again", {}, async (stage) => {
  const { widget, customer } = stage;
  await toPin(stage);
  await customer.fault("pin-verify", { kind: "expiredToken" });
  await widget.enterPin(PIN);
  await widget.heading(text.failed).waitFor();
  await widget.says(text.signedOut);
  await nothingHappened(stage);
});

for (const fault of ["serverErrorHtml", "html", "truncatedJson", "hugeBody", "redirect", "reset"]) {
  scenario(`the provider's ${fault} in response to a code approves nothing, and the code can be entered again`, {}, async (stage) => {
    const { widget, customer } = stage;
    await toCode(stage);
    await customer.fault("code-verify", { kind: fault });
    await widget.enterCode(CODE);
    if (fault === "truncatedJson") {
      // The provider accepted the code all the same, as the token's status shows.
      await statementShown(stage);
      return;
    }
    await widget.says(text.noAnswer);
    await widget.enterCode(CODE);
    await statementShown(stage);
  });
}

scenario("an answer that arrives after the customer cancelled changes nothing", {}, async (stage) => {
  const { page, widget, proxy } = stage;
  await toPin(stage);
  const verify = faults.held();
  proxy.fault("POST", calls.verify, verify.act);
  await widget.enterPin(PIN);
  await verify.arrived;
  await widget.cancel();
  await widget.heading(text.cancelled).waitFor();
  verify.release();
  await verify.over;
  await nothingHappened(stage);
  assert.equal(await widget.heading(text.chooseTitle).count(), 0);
  assert.equal(await page.getByRole("heading", { name: text.cancelled }).count(), 1);
});

scenario("without the event stream the widget polls", {}, async (stage) => {
  const { widget, proxy } = stage;
  proxy.fault("GET", calls.events, faults.html(503), Number.POSITIVE_INFINITY);
  await toCode(stage);
  await widget.enterCode(CODE);
  await statementShown(stage);
});
