// Faults of the frame, and attacks through it. Nothing that comes from the frame decides anything.

import assert from "node:assert/strict";
import "../harness/own_programs.mjs";
import { html } from "../harness/faults.mjs";
import { calls } from "../harness/journey.mjs";
import { bodyOf } from "../harness/proxy.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";
import {
  assertExecutedOnce,
  assertNotExecuted,
  begin,
  executedShown,
  frameElement,
  inFrame,
  openApart,
  pages,
  toExplanation,
  toFrame,
  walk,
  walkApart,
  wireOf,
} from "../harness/wire.mjs";

const text = words.en;
const FINISHED = JSON.stringify({ message: "SESSION_FINISHED" });

/** How often the page has polled the approval. */
const looks = ({ proxy }) => proxy.sent("GET", calls.approval).length;

/** How long the backend waits for a webhook of FaceSign's before it polls, in milliseconds, and a little more. */
const POLL_MS = 16_000;
const noWebhooks = { events: { deliver: "never" } };

scenario("without any webhook the wire is still approved", { movesTime: true }, async (stage) => {
  await toExplanation(stage);
  const wire = wireOf(stage);
  await wire.behave(noWebhooks);
  await begin(stage);
  await walk(inFrame(stage));
  // The backend polls once in this time, so FaceSign has to know before it that the customer is done.
  await stage.widget.heading(text.checkingTitle).waitFor();
  await stage.time.pass(POLL_MS);
  await executedShown(stage);
  await assertExecutedOnce(wire);
});

/** A page of FaceSign's on another origin, which is not a hosted page. */
const ELSEWHERE = [/^another origin: .*\/elsewhere/, /frame-src/];

for (const message of ["off", "wrongOrigin", "wrongWindow"]) {
  scenario(`without a message of FaceSign's page (${message}) the wire is still approved`, { expected: ELSEWHERE }, async (stage) => {
    await toExplanation(stage);
    const wire = wireOf(stage);
    await wire.behave({ page: { message } });
    await begin(stage);
    await walk(inFrame(stage));
    await executedShown(stage);
    await assertExecutedOnce(wire);
  });
}

scenario("without webhook, message or stream the wire is still approved", { movesTime: true }, async (stage) => {
  stage.proxy.fault("GET", calls.events, html(502), Number.POSITIVE_INFINITY);
  await toExplanation(stage);
  const wire = wireOf(stage);
  await wire.behave({ ...noWebhooks, page: { message: "off" } });
  await begin(stage);
  await walk(inFrame(stage));
  await inFrame(stage).locator("main[data-state=finished]").waitFor();
  await stage.time.pass(POLL_MS);
  await executedShown(stage);
  await assertExecutedOnce(wire);
});

scenario("finished messages of the page and of another frame change nothing and cause no poll", {}, async (stage) => {
  const { page, widget } = stage;
  await toFrame(stage);
  const wire = wireOf(stage);
  const before = looks(stage);
  await page.evaluate(async ([message, origin]) => {
    const frame = document.querySelector("sca-widget").shadowRoot.querySelector("iframe");
    window.postMessage(message, "*");
    window.dispatchEvent(new MessageEvent("message", { data: message, origin, source: window }));
    window.dispatchEvent(new MessageEvent("message", { data: message, origin: `${origin}.evil.example`, source: frame.contentWindow }));
    window.dispatchEvent(new MessageEvent("message", { data: message, origin: "null", source: frame.contentWindow }));
    window.dispatchEvent(new MessageEvent("message", { data: { message: "SESSION_STARTED" }, origin, source: frame.contentWindow }));
    // Another page of FaceSign's in another frame: same origin, other window.
    const other = document.createElement("iframe");
    other.src = `${origin}/?cs=none`;
    document.body.append(other);
    await new Promise((loaded) => other.addEventListener("load", loaded));
    window.dispatchEvent(new MessageEvent("message", { data: message, origin, source: other.contentWindow }));
    // One more task, for a possible reaction.
    await new Promise((turn) => setTimeout(turn));
  }, [FINISHED, pages()]);
  assert.equal(await frameElement(stage).count(), 1);
  assert.equal(looks(stage), before, "none of them made the widget poll");
  await widget.heading(text.faceShown).waitFor();
  await assertNotExecuted(wire);
  await walk(inFrame(stage));
  await executedShown(stage);
});

scenario("an early message like FaceSign's own makes the widget poll and decides nothing", { clock: true }, async (stage) => {
  const { page, widget, clock } = stage;
  await toFrame(stage);
  const wire = wireOf(stage);
  await page.evaluate(([message, origin]) => {
    const frame = document.querySelector("sca-widget").shadowRoot.querySelector("iframe");
    window.dispatchEvent(new MessageEvent("message", { data: message, origin, source: frame.contentWindow }));
  }, [FINISHED, pages()]);
  await widget.heading(text.checkingTitle).waitFor();
  await assertNotExecuted(wire);
  // FaceSign reports that the customer is not done: the same session continues.
  await clock.forward(16);
  await widget.says(text.notFinished);
  await begin(stage);
  assert.equal((await wire.sessions()).length, 1);
  await walk(inFrame(stage));
  await executedShown(stage);
  await assertExecutedOnce(wire);
});

scenario("a flood of messages ends nothing and causes no flood of calls", { clock: true }, async (stage) => {
  const { page, widget, clock } = stage;
  await toExplanation(stage);
  const wire = wireOf(stage);
  await wire.behave({ page: { flood: 10_000 } });
  await widget.button(text.faceStart).click();
  await widget.heading(text.checkingTitle).waitFor();
  const before = looks(stage);
  await clock.forward(16);
  await widget.says(text.notFinished);
  assert.ok(looks(stage) - before <= 16, "at most one poll each second, however many messages there are");
  await assertNotExecuted(wire);
  await page.locator("#language").selectOption("ar");
  await stage.widget.button(words.ar.faceStart).waitFor();
});

for (const [load, late] of [["never", true], ["blank", false], ["unstarted", false]]) {
  scenario(`if FaceSign's page is ${load}, another tab is offered, and the wire can be approved there`, { clock: true }, async (stage) => {
    const { page, widget, clock } = stage;
    await toExplanation(stage);
    const wire = wireOf(stage);
    await wire.behave({ page: { load } });
    await widget.button(text.faceStart).click();
    await widget.heading(text.faceShown).waitFor();
    await clock.forward(16);
    if (late) await widget.says(text.faceLate);
    const link = page.getByRole("link", { name: text.faceNewTab });
    assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
    await wire.behaveNow({});
    await (await openApart(stage)).close();
    await widget.heading(text.faceElsewhere).waitFor();
    assert.equal(await frameElement(stage).count(), 0);
    await wire.play("verified");
    await clock.forward(5);
    await executedShown(stage);
    await assertExecutedOnce(wire);
  });
}

scenario("if FaceSign's page refuses to be framed, another tab is offered", { expected: [/frame-ancestors|Refused to frame|refused to connect/i] }, async (stage) => {
  const { widget } = stage;
  await toExplanation(stage);
  const wire = wireOf(stage);
  await wire.behave({ page: { frameAncestors: "none" } });
  await widget.button(text.faceStart).click();
  await widget.heading(text.faceShown).waitFor();
  await walkApart(await openApart(stage));
  await executedShown(stage);
  await assertExecutedOnce(wire);
});

scenario("if the page's policy does not allow FaceSign's frame, the check opens in another tab", { page: null, expected: [/frame-src/] }, async (stage) => {
  const { page, widget, proxy } = stage;
  proxy.fault("GET", "/", async (exchange) => {
    const real = await exchange.forward();
    const policy = real.headers["content-security-policy"].replace(/frame-src [^;]+/, "frame-src 'none'");
    exchange.outgoing.writeHead(real.statusCode, { ...real.headers, "content-security-policy": policy });
    exchange.outgoing.end(await bodyOf(real));
  });
  await page.goto("/");
  await toExplanation(stage);
  const wire = wireOf(stage);
  await widget.button(text.faceStart).click();
  await widget.says(text.frameLost);
  assert.equal(await frameElement(stage).count(), 0);
  await widget.button(text.faceStart).click();
  await widget.heading(text.faceElsewhere).waitFor();
  await walkApart(await openApart(stage));
  await executedShown(stage);
  await assertExecutedOnce(wire);
});

for (const away of ["onOpen", "onFinish"]) {
  scenario(`a frame that navigates elsewhere (${away}) decides nothing`, { expected: ELSEWHERE }, async (stage) => {
    const { widget, proxy } = stage;
    await toExplanation(stage);
    const wire = wireOf(stage);
    await wire.behave({ page: { away } });
    await widget.button(text.faceStart).click();
    if (away === "onFinish") await walk(inFrame(stage));
    else await stage.until(() => proxy.sent("POST", calls.start).some(({ status }) => status === 200));
    if (away === "onOpen") {
      await assertNotExecuted(wire);
      await wire.play("verified");
    }
    await executedShown(stage);
    await assertExecutedOnce(wire);
  });
}

scenario("if the page removes the frame, the widget notices, and the check continues in another tab", {}, async (stage) => {
  const { page, widget } = stage;
  await toFrame(stage);
  const wire = wireOf(stage);
  await page.evaluate(() => document.querySelector("sca-widget").shadowRoot.querySelector("iframe").remove());
  await widget.says(text.frameLost);
  await widget.button(text.faceStart).click();
  await walkApart(await openApart(stage));
  await executedShown(stage);
  assert.equal((await wire.sessions()).length, 1);
  await assertExecutedOnce(wire);
});

scenario("a session at an unlisted origin is not shown", {}, async (stage) => {
  const { page, widget } = stage;
  await page.evaluate(() => {
    const define = Object.getOwnPropertyDescriptor(customElements.get("sca-widget").prototype, "frameOrigins");
    Object.defineProperty(customElements.get("sca-widget").prototype, "frameOrigins", {
      ...define,
      set() {
        define.set.call(this, ["https://session.facesign.ai"]);
      },
    });
  });
  await toExplanation(stage);
  await widget.button(text.faceStart).click();
  await widget.says(text.frameNotAllowed);
  assert.equal(await frameElement(stage).count(), 0);
  await assertNotExecuted(wireOf(stage));
});

/** Opens the same approval in another tab, with the page's client secret. */
async function inAnotherTab({ context, proxy, approvals }) {
  const tab = await context.newPage();
  await tab.goto(`${proxy.origin}/strict.html`);
  await tab.evaluate(async ([clientSecret, origin]) => {
    const { mount } = await import("/pkg/index.js");
    window.result = mount("#approval", { clientSecret, baseUrl: "/sca", locale: "en", frameOrigins: [origin] }).result;
  }, [approvals.at(-1).clientSecret, pages()]);
  return tab;
}

scenario("a session URL that is about to expire is renewed, and the old one is invalid", {}, async (stage) => {
  await toExplanation(stage);
  const wire = wireOf(stage);
  await wire.behave({ secretSeconds: 55 });
  await begin(stage);
  const first = await frameElement(stage).getAttribute("src");
  const tab = await inAnotherTab(stage);
  await tab.getByRole("button", { name: text.faceStart }).click();
  const second = await tab.locator("iframe").getAttribute("src");
  assert.notEqual(second, first);
  assert.equal((await wire.sessions()).length, 1);
  assert.equal((await wire.session()).refreshed, 1);
  await walk(tab.frameLocator("iframe"));
  await executedShown(stage);
  await assertExecutedOnce(wire);
});

scenario("if the session URL expires while it is shown, the customer sees why and can try again", {}, async (stage) => {
  await toFrame(stage);
  const wire = wireOf(stage);
  await wire.expire();
  await stage.widget.heading(text.faceTitle).waitFor();
  await begin(stage);
  await walk(inFrame(stage));
  await executedShown(stage);
  await assertExecutedOnce(wire);
});

scenario("the wire continues after a reload and in another tab, with the client secret that the page kept", {}, async (stage) => {
  const { widget } = stage;
  await toFrame(stage);
  const wire = wireOf(stage);
  const other = await inAnotherTab(stage);
  await other.getByRole("button", { name: text.faceStart }).click();
  await walk(other.frameLocator("iframe"));
  assert.equal((await other.evaluate(() => window.result)).outcome, "approved");
  await executedShown(stage);
  assert.equal((await wire.sessions()).length, 1, "both showed the same session");
  assert.equal(await widget.page.locator("sca-widget iframe").count(), 0);
  await assertExecutedOnce(wire);
});

scenario("a page that is left and restored shows the wire's current state", {}, async (stage) => {
  const { page } = stage;
  await toFrame(stage);
  const wire = wireOf(stage);
  await page.goto("/strict.html");
  await wire.play("verified");
  await page.goBack();
  // If the browser restores the page, the widget polls; if it reloads the page, that starts again. The wire is executed either way.
  await wire.heard("executions");
  await assertExecutedOnce(wire);
});

scenario("the frame cannot navigate the top window", { expected: [/Unsafe attempt to initiate navigation/] }, async (stage) => {
  const { page } = stage;
  await toFrame(stage);
  const address = page.url();
  const [, frame] = page.frames();
  const went = await frame.evaluate(() => {
    try {
      window.top.location.href = "/elsewhere";
      return "went";
    } catch ({ name }) {
      return name;
    }
  });
  assert.equal(went, "SecurityError");
  assert.equal(page.url(), address);
});

scenario("removing the widget removes the frame and ends the use of the camera", {}, async (stage) => {
  const { page } = stage;
  await toFrame(stage);
  await inFrame(stage).locator("#continue").click();
  await page.evaluate(() => document.querySelector("sca-widget").remove());
  assert.equal(await page.locator("iframe").count(), 0);
  assert.equal(page.frames().length, 1, "nothing continues to load or to use the camera");
  await assertNotExecuted(wireOf(stage));
});

scenario("a message to the bank without an answer is delivered again, and the page waits for the execution", {}, async (stage) => {
  const { page } = stage;
  await toExplanation(stage);
  const wire = wireOf(stage);
  await wire.bankFault("wires", { kind: "reset" }, { when: "after", times: 1 });
  await begin(stage);
  await walk(inFrame(stage));
  await executedShown(stage);
  await wire.heard("deliveries");
  await assertExecutedOnce(wire);
  await page.getByRole("heading", { name: "Executed" }).waitFor();
});
