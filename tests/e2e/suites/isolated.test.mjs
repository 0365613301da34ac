// Isolated mode: the widget in a frame of another origin, on a page that cannot read it.

import assert from "node:assert/strict";
import {
  evaluateInFrame,
  focusComesInFrame,
  frameElement,
  framed,
  inFrame,
  isolated,
  isolatedOrigin,
  keysInFrame,
  mountIsolated,
  toPin,
  recorded,
  recordedComes,
} from "../harness/isolated.mjs";
import { assertAccessible } from "../harness/accessibility.mjs";
import { engine } from "../harness/engine.mjs";
import { CODE, newSecret } from "../harness/journey.mjs";
import { nameOfFocus } from "../harness/keyboard.mjs";
import { assertAbsent, leftInPage } from "../harness/leaks.mjs";
import { assertExecutedOnce, pages, walk, wireOf } from "../harness/wire.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/** Values that nothing else in a run contains. */
const PIN = "0918";
const WRONG_CODE = "909317";

/** By Enter: a driver's press misses what is in a frame and out of sight. */
async function approve(widget) {
  const { keyboard } = widget.page;
  await widget.pinField.click();
  await keyboard.type("1234");
  await keyboard.press("Enter");
  await widget.choose(widget.words.sms);
  await widget.codeField.click();
  await keyboard.type(CODE);
  await keyboard.press("Enter");
}

isolated("a statement is shown after PIN and code, and the call is repeated once", {}, async (stage) => {
  const { page, proxy, customer } = stage;
  const widget = await toPin(stage);
  await widget.says(/EUR/);
  await approve(widget);
  await page.getByText(/Your statement has \d+ entries/).waitFor();
  assert.equal(proxy.sent("GET", "/api/statement").length, 2);
  assert.deepEqual((await customer.now()).codesSent, ["SMS"]);
  assert.deepEqual(proxy.seen.filter(({ path }) => path.startsWith("/sca/")), [], "the page's origin made no call of the widget");
  assert.equal(await frameElement(stage).count(), 0);
});

isolated("with arrival `focus` the field has the focus, and the next screen too", {}, async (stage) => {
  const widget = await toPin(stage);
  await focusComesInFrame(stage, "field");
  await keysInFrame(stage).type("1234");
  await keysInFrame(stage).press("Enter");
  await widget.heading(text.chooseTitle).waitFor();
  await focusComesInFrame(stage, text.chooseTitle);
});

/** A script of the page that records all that it can get hold of. Runs before every other script. */
function spy() {
  if (window.parent !== window || !globalThis.SubtleCrypto) return;
  const seen = (window.seen = []);
  const note = (where, what) => {
    let text;
    try {
      text = typeof what === "string" ? what : JSON.stringify(what);
    } catch {
      text = String(what);
    }
    seen.push(`${where}: ${text}`);
  };
  for (const kind of ["keydown", "keypress", "keyup", "beforeinput", "input", "paste", "change", "compositionend"]) {
    window.addEventListener(kind, (event) => note(`event ${kind}`, [event.key, event.data, event.target?.value]), true);
  }
  window.addEventListener("message", ({ data }) => note("message", data), true);
  const wrap = (owner, name) => {
    const own = owner[name];
    owner[name] = function (...given) {
      note(name, given);
      return own.apply(this, given);
    };
  };
  wrap(window, "fetch");
  wrap(XMLHttpRequest.prototype, "send");
  wrap(MessagePort.prototype, "postMessage");
  wrap(SubtleCrypto.prototype, "encrypt");
  wrap(SubtleCrypto.prototype, "importKey");
  wrap(TextEncoder.prototype, "encode");
  const Channel = window.MessageChannel;
  window.MessageChannel = class extends Channel {
    constructor() {
      super();
      window.ports = [...(window.ports ?? []), this.port1];
      this.port1.addEventListener("message", ({ data }) => note("port", data));
    }
  };
  const changed = new MutationObserver((records) => {
    for (const { target } of records) note("mutation", target.getRootNode().host?.shadowRoot?.innerHTML ?? document.documentElement.innerHTML);
  });
  changed.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, { ...options, mode: "open" });
    changed.observe(root, { childList: true, subtree: true, attributes: true, characterData: true });
    return root;
  };
}

isolated("a hostile script of the page reaches neither field nor PIN nor code", { init: spy, customer: { pin: PIN } }, async (stage) => {
  const { page, proxy } = stage;
  const widget = await toPin(stage);
  const tried = await page.evaluate(() => {
    const frame = document.querySelector("#approval").lastElementChild.shadowRoot.querySelector("iframe");
    const attempt = (run) => {
      try {
        return String(run());
      } catch (error) {
        return error.name;
      }
    };
    const into = frame.contentWindow;
    return {
      contentDocument: attempt(() => frame.contentDocument),
      document: attempt(() => into.document),
      field: attempt(() => into.document.querySelector("input").value),
      fetch: attempt(() => (into.fetch = () => {})),
      crypto: attempt(() => into.crypto.subtle),
      key: attempt(() => into.addEventListener("keydown", () => {})),
      storage: attempt(() => into.localStorage),
      address: attempt(() => into.location.href),
      fields: document.querySelector("#approval").lastElementChild.shadowRoot.querySelectorAll("input").length,
    };
  });
  const { contentDocument, fields, ...others } = tried;
  assert.equal(contentDocument, "null");
  assert.equal(fields, 0);
  for (const [way, name] of Object.entries(others)) assert.equal(name, "SecurityError", way);

  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(WRONG_CODE);
  await widget.notice(text.wrong).waitFor();
  await widget.codeField.click();
  await keysInFrame(stage).type(CODE);
  // Not by Return: the frame may be gone when the key is released, which the page then gets.
  await widget.confirm.click();
  await page.getByText(/Your statement has \d+ entries/).waitFor();
  const seen = await page.evaluate(() => window.seen);
  assert.ok(seen.some((line) => line.startsWith("port: ") && line.includes('"result"')), "the script listens well");
  assert.deepEqual(seen.filter((line) => line.startsWith("event ") && /key|input|paste/.test(line)), [], "no key of the frame reaches the page");
  const secrets = { PIN, "wrong code": WRONG_CODE, code: CODE };
  assertAbsent(secrets, "what a script of the page saw", seen.join("\n"));
  assert.ok(!seen.some((line) => line.includes("eyJ")), "not even the encrypted PIN");
  // The client secret is the page's own, but it stays nowhere.
  const [{ clientSecret }] = stage.approvals;
  for (const [where, content] of Object.entries(await leftInPage(page))) assertAbsent({ ...secrets, clientSecret }, where, content);
  for (const { url, body } of proxy.seen) assertAbsent({ ...secrets, clientSecret }, url, `${url} ${body}`);
});

isolated("messages that a script of the page makes up, or sends by the channel without its nonce, do nothing", { init: spy }, async (stage) => {
  const { page } = stage;
  await mountIsolated(stage, { locale: "en" });
  const widget = framed(stage);
  await widget.pinField.click();
  await keysInFrame(stage).type("12");
  await page.evaluate(async (origin) => {
    const into = document.querySelector("#approval").lastElementChild.shadowRoot.querySelector("iframe").contentWindow;
    const nonce = "0".repeat(32);
    window.postMessage("sca-isolated", "*");
    window.postMessage({ nonce, kind: "result", outcome: "approved", approvalId: "appr_1", reason: null }, "*");
    window.dispatchEvent(new MessageEvent("message", { data: "sca-isolated", origin }));
    // A second greeting comes too late.
    into.postMessage({ kind: "sca-hello", nonce }, origin, [new MessageChannel().port2]);
    into.postMessage({ nonce, kind: "cancel" }, origin);
    const [port] = window.ports;
    const send = MessagePort.prototype.postMessage.bind(port);
    for (const kind of ["cancel", "left", "update", "open", "__proto__", "constructor"]) send({ nonce, kind, locale: "ar", clientSecret: "a_secret_b" });
    send(null);
    await new Promise((turn) => setTimeout(turn));
  }, isolatedOrigin());
  await keysInFrame(stage).type("34");
  await widget.confirm.click();
  await widget.heading(text.chooseTitle).waitFor();
  assert.deepEqual(await recorded(stage), [["sca-ready", null]]);
});

isolated("the frame answers only its parent, once, with a whole nonce and one port", {}, async (stage) => {
  const { page, context } = stage;
  await page.evaluate(async (address) => {
    const frame = document.createElement("iframe");
    const isThere = new Promise((settle) => addEventListener("message", ({ source, data }) => source === frame.contentWindow && settle(data)));
    frame.src = address;
    document.body.append(frame);
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Another window" });
    button.addEventListener("click", () => window.open("/strict.html"));
    document.body.append(button);
    await isThere;
  }, `${isolatedOrigin()}/sca/isolated/`);
  const greet = (into, origin) => {
    window.received = {};
    const given = { clientSecret: "appr_made_secret_up", locale: "en", look: { scheme: "light", fontSize: "16px", properties: [] } };
    window.greet = (name, nonce, ports = 1) => {
      const channels = Array.from({ length: ports }, () => new MessageChannel());
      window.received[name] = [];
      for (const { port1 } of channels) {
        port1.onmessage = ({ data }) => {
          window.received[name].push(data.kind);
          dispatchEvent(new Event(`received ${data.kind}`));
        };
      }
      into().postMessage({ kind: "sca-hello", nonce }, origin, channels.map(({ port2 }) => port2));
      for (const { port1 } of channels) port1.postMessage({ nonce, kind: "open", ...given });
      return channels[0]?.port1;
    };
  };
  const nonce = "0123456789abcdef".repeat(2);
  const opened = context.waitForEvent("page");
  await page.getByRole("button", { name: "Another window" }).click();
  const other = await opened;
  await other.waitForFunction(() => document.readyState === "complete");
  await other.evaluate(`(${greet})(() => opener[0], ${JSON.stringify(isolatedOrigin())})`);
  await other.evaluate((nonce) => void window.greet("other window", nonce), nonce);

  await page.evaluate(`(${greet})(() => window[0], ${JSON.stringify(isolatedOrigin())})`);
  const received = await page.evaluate(async (nonce) => {
    window.greet("no nonce");
    window.greet("a short nonce", nonce.slice(1));
    window.greet("no port", nonce, 0);
    window.greet("two ports", nonce, 2);
    const comes = (kind) => new Promise((settle) => addEventListener(`received ${kind}`, settle, { once: true }));
    const [ready, cancelled] = [comes("ready"), comes("cancelled")];
    const port = window.greet("right", nonce);
    await ready;
    window.greet("again", nonce);
    port.postMessage({ nonce: "f".repeat(32), kind: "cancel" });
    port.postMessage({ kind: "cancel" });
    port.postMessage({ nonce, kind: "cancel" });
    await cancelled;
    return window.received;
  }, nonce);
  const { right, ...others } = received;
  assert.deepEqual(right.filter((kind) => kind !== "height" && kind !== "result"), ["ready", "cancelled"]);
  assert.deepEqual(others, { "no nonce": [], "a short nonce": [], "no port": [], "two ports": [], again: [] });
  assert.deepEqual(await other.evaluate(() => window.received), { "other window": [] });
});

// A free port is another origin than the one that may.
isolated("another site cannot show the frame, and its customer is told within the deadline", { port: 0, clock: true, expected: [/frame-ancestors|Refused to frame|refused to connect|X-Frame|violates the following/i, /chrome-error|Framing/i] }, async (stage) => {
  const { page } = stage;
  await mountIsolated(stage, { clientSecret: "appr_made_secret_up", locale: "en" });
  await frameElement(stage).waitFor({ state: "attached" });
  await stage.clock.forward(16);
  await recordedComes(stage, 1);
  assert.deepEqual(await recorded(stage), [["sca-error", "isolated-unreachable"]]);
  await page.getByText("This step didn’t load.").waitFor();
});

isolated("a frame that does not answer is reported within the deadline, and the customer can try again", { clock: true }, async (stage) => {
  const { page, clock } = stage;
  await mountIsolated(stage, { baseUrl: "/nothing", locale: "de" });
  await frameElement(stage).waitFor({ state: "attached" });
  await clock.forward(14);
  assert.deepEqual(await recorded(stage), []);
  await clock.forward(2);
  await recordedComes(stage, 1);
  assert.deepEqual(await recorded(stage), [["sca-error", "isolated-unreachable"]]);
  assert.equal(await frameElement(stage).count(), 0);
  await page.locator("#approval button").click();
  await frameElement(stage).waitFor({ state: "attached" });
  await clock.forward(16);
  await recordedComes(stage, 2);
  const { isRetryable, result } = await page.evaluate(async () => {
    const error = await window.handle.ready.catch((error) => error);
    window.handle.unmount();
    return { isRetryable: error.retryable, result: await window.handle.result };
  });
  assert.equal(isRetryable, true);
  assert.deepEqual(result, { outcome: "cancelled", approvalId: null, reason: "unmounted" });
});

isolated("an origin with a path, without TLS, or of another base URL is refused, and it cannot change", {}, async (stage) => {
  const { page } = stage;
  const bad = [
    { isolatedOrigin: "https://sca.example/" },
    { isolatedOrigin: "https://sca.example/path" },
    { isolatedOrigin: "http://sca.example" },
    { isolatedOrigin: "sca.example" },
    { isolatedOrigin: "*" },
    { isolatedOrigin: "https://sca.example", baseUrl: "https://other.example/sca" },
    { isolatedOrigin: "https://sca.example", baseUrl: "/sca?x=1" },
  ];
  for (const options of bad) {
    const code = await page.evaluate(async (options) => {
      const { mount } = await import("/pkg/index.js");
      const handle = mount("#approval", { clientSecret: "appr_made_secret_up", baseUrl: "/sca", locale: "en", ...options });
      const { code } = await handle.ready.catch((error) => error);
      handle.unmount();
      return code;
    }, options);
    assert.equal(code, "isolated-origin-malformed", JSON.stringify(options));
  }
  await mountIsolated(stage);
  await framed(stage).pinField.waitFor();
  assert.equal(
    await page.evaluate(() => {
      try {
        window.handle.update({ isolatedOrigin: "https://other.example" });
        return "changed";
      } catch ({ code }) {
        return code;
      }
    }),
    "option-fixed",
  );
});

isolated("the element has the attribute, sends the same events, and shows what the page offers at the end", {}, async (stage) => {
  const { page } = stage;
  const clientSecret = await newSecret(stage);
  await page.evaluate(
    async ([clientSecret, origin]) => {
      await import("/pkg/define.js");
      window.recorded = [];
      for (const kind of ["sca-ready", "sca-result", "sca-error"]) document.addEventListener(kind, ({ detail }) => window.recorded.push([kind, detail]));
      const widget = document.createElement("sca-widget");
      const next = Object.assign(document.createElement("a"), { href: "#next", textContent: "Back to your order", slot: "next" });
      widget.append(next);
      widget.setAttribute("base-url", "/sca");
      widget.setAttribute("isolated-origin", origin);
      widget.setAttribute("client-secret", clientSecret);
      document.getElementById("approval").append(widget);
    },
    [clientSecret, isolatedOrigin()],
  );
  const widget = framed(stage);
  await widget.pinField.waitFor();
  const link = page.getByRole("link", { name: "Back to your order" });
  assert.equal(await link.isVisible(), false);
  await approve(widget);
  await widget.heading(text.approved).waitFor();
  await recordedComes(stage, 2);
  const [approvalId] = clientSecret.split("_secret_");
  assert.deepEqual(await recorded(stage), [["sca-ready", null], ["sca-result", { outcome: "approved", approvalId, reason: null }]]);
  await link.waitFor();
  assert.equal(await page.locator("sca-widget").getAttribute("client-secret"), null);
});

isolated("Tab goes in and out of the frame, both ways, and Escape reaches the page alone", {}, async (stage) => {
  const { page } = stage;
  await page.evaluate(() => {
    const after = Object.assign(document.createElement("button"), { type: "button", textContent: "After" });
    document.getElementById("approval").after(after);
    const before = Object.assign(document.createElement("button"), { type: "button", textContent: "Before" });
    document.getElementById("approval").before(before);
    window.keys = [];
    document.addEventListener("keydown", ({ key }) => window.keys.push(key));
  });
  await mountIsolated(stage);
  const widget = framed(stage);
  await widget.pinField.waitFor();
  await page.getByRole("button", { name: "Before" }).focus();
  await page.keyboard.press("Tab");
  await focusComesInFrame(stage, "field");
  assert.equal(await nameOfFocus(page), "Your approval");
  await keysInFrame(stage).type("12");
  await keysInFrame(stage).press("Escape");
  await page.waitForFunction(() => window.keys.includes("Escape"));
  assert.deepEqual(await page.evaluate(() => window.keys), ["Tab", "Escape"], "the page gets no digit");
  for (let presses = 0; (await nameOfFocus(page)) === "Your approval" && presses < 12; presses += 1) await keysInFrame(stage).press("Tab");
  assert.equal(await nameOfFocus(page), "After");
  await page.keyboard.press("Shift+Tab");
  await page.waitForFunction(() => document.activeElement.shadowRoot?.activeElement?.localName === "iframe");
  for (let presses = 0; (await nameOfFocus(page)) === "Your approval" && presses < 12; presses += 1) await keysInFrame(stage).press("Shift+Tab");
  assert.equal(await nameOfFocus(page), "Before");
  assert.equal(await widget.pinField.inputValue(), "••", "nothing that was typed is lost");
});

isolated("a customer who has gone elsewhere in the page stays there when the screen changes", {}, async (stage) => {
  const { page } = stage;
  const clientSecret = await mountIsolated(stage);
  const widget = framed(stage);
  await widget.pinField.click();
  await keysInFrame(stage).type("12");
  await page.locator("#show").focus();
  // Another page of the customer's cancels.
  const [approvalId] = clientSecret.split("_secret_");
  const answer = await fetch(`${isolatedOrigin()}/sca/v1/approval/${approvalId}/cancel`, {
    method: "POST",
    headers: { authorization: `Bearer ${clientSecret}`, "idempotency-key": "0123456789abcdef0123456789abcdef" },
  });
  assert.equal(answer.status, 200);
  await widget.heading(text.cancelled).waitFor();
  assert.equal(await nameOfFocus(page), "Show my statement");
  await page.evaluate(() => window.handle.focus());
  await focusComesInFrame(stage, text.cancelled);
});

isolated("the frame is as tall as its screen, without scroll bars, at every width", {}, async (stage) => {
  const { page } = stage;
  await mountIsolated(stage);
  const widget = framed(stage);
  await widget.pinField.waitFor();
  const fits = async (where) => {
    const found = await evaluateInFrame(stage, async () => {
      // Two frames: the page has then changed the height.
      for (let turn = 0; turn < 60; turn += 1) {
        await new Promise((drawn) => requestAnimationFrame(drawn));
        if (Math.abs(innerHeight - document.body.getBoundingClientRect().height) < 2) break;
      }
      const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
      return { wide: scrollWidth - clientWidth, tall: scrollHeight - clientHeight, spare: innerHeight - document.body.getBoundingClientRect().height };
    });
    assert.deepEqual([found.wide, found.tall, Math.round(found.spare) <= 1], [0, 0, true], `${where}: ${JSON.stringify(found)}`);
    const page320 = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(page320, 0, where);
  };
  const sizes = engine.isResizable ? [[1280, 720], [320, 640], [360, 640]] : [[1280, 720]];
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    await fits(`PIN at ${width}`);
  }
  await widget.enterPin("1234");
  await widget.heading(text.chooseTitle).waitFor();
  await fits("the choice");
});

isolated("Arabic is right-to-left in the frame, and a change of the language keeps the digits", {}, async (stage) => {
  const { page } = stage;
  await mountIsolated(stage, { locale: "ar" });
  const widget = framed(stage, "ar");
  await widget.pinField.waitFor();
  assert.equal(await widget.heading(words.ar.pinTitle).evaluate((heading) => getComputedStyle(heading).direction), "rtl");
  assert.equal(await frameElement(stage).getAttribute("title"), "موافقتك");
  await widget.pinField.click();
  await keysInFrame(stage).type("12");
  await page.evaluate(() => window.handle.update({ locale: "de" }));
  const german = inFrame(stage).locator("[lang=de]");
  await german.first().waitFor();
  assert.equal(await frameElement(stage).getAttribute("title"), "Ihre Freigabe");
  assert.equal(await inFrame(stage).getByRole("textbox").inputValue(), "••");
});

isolated("the frame has the page's colours and follows them, and takes nothing else", {}, async (stage) => {
  const { page } = stage;
  await page.evaluate(() => {
    const place = document.getElementById("approval");
    place.style.setProperty("--sca-accent", "rgb(1, 2, 3)");
    place.style.setProperty("--sca-text", "url(https://elsewhere.example/a.png)");
    place.style.setProperty("--other", "red");
    document.documentElement.style.colorScheme = "dark";
  });
  await mountIsolated(stage);
  await framed(stage).pinField.waitFor();
  const look = () =>
    evaluateInFrame(stage, () => {
      const { style } = document.documentElement;
      return ["--sca-accent", "--sca-text", "--other", "color-scheme"].map((name) => style.getPropertyValue(name));
    });
  assert.deepEqual(await look(), ["rgb(1, 2, 3)", "", "", "dark"]);
  await page.evaluate(() => {
    document.getElementById("approval").style.setProperty("--sca-accent", "rgb(4, 5, 6)");
    window.handle.update({ theme: "light" });
  });
  const deadline = Date.now() + 5_000;
  while ((await look()).join() !== "rgb(4, 5, 6),,,light" && Date.now() < deadline);
  assert.deepEqual(await look(), ["rgb(4, 5, 6)", "", "", "light"]);
});

isolated("the page around the frame is accessible", {}, async (stage) => {
  await toPin(stage);
  await assertAccessible(stage.page, "the page around the frame");
});

isolated("what is in the frame is accessible", {}, async (stage) => {
  const widget = await toPin(stage);
  const [, frame] = stage.page.frames();
  const accessible = (where) => assertAccessible(frame, where, { isFramed: true });
  await accessible("the PIN");
  await widget.enterPin("1234");
  await widget.heading(text.chooseTitle).waitFor();
  await accessible("the choice");
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  await accessible("the code");
});

isolated("closing the dialog of sca-widget/fetch by Escape in the frame cancels the approval by the frame", {}, async (stage) => {
  const { page } = stage;
  await page.evaluate(async (isolatedOrigin) => {
    const { createScaFetch } = await import("/pkg/fetch.js");
    const { session } = await (await fetch("/api/demo/customer", { method: "POST" })).json();
    const scaFetch = createScaFetch({ baseUrl: "/sca", locale: "en", isolatedOrigin });
    window.ended = scaFetch("/api/statement?from=2026-07-01&to=2026-09-30", { headers: { "x-demo-session": session } }).catch(
      ({ name, outcome, reason }) => ({ name, outcome, reason }),
    );
  }, isolatedOrigin());
  await framed(stage, "en", "dialog iframe").pinField.click();
  await keysInFrame(stage, "dialog iframe").press("Escape");
  assert.deepEqual(await page.evaluate(() => window.ended), { name: "ScaApprovalError", outcome: "cancelled", reason: null });
  assert.equal(await page.locator("dialog").count(), 0);
});

isolated("a transfer is paid once, with its payee and amount in the frame", {}, async (stage) => {
  const { page, customer } = stage;
  const [transfer] = customer.transferIds;
  await page.evaluate(
    async ([transfer, session, isolatedOrigin]) => {
      const { createScaFetch } = await import("/pkg/fetch.js");
      const scaFetch = createScaFetch({ baseUrl: "/sca", locale: "en", isolatedOrigin, target: "#approval" });
      window.ended = scaFetch(`/api/transfers/${transfer}/fund`, { method: "POST", headers: { "x-demo-session": session } }).then(({ status }) => status);
    },
    [transfer, customer.session, isolatedOrigin()],
  );
  const widget = framed(stage);
  await widget.says("€1,250.00");
  await widget.says("Brightside Studio GmbH");
  await approve(widget);
  assert.equal(await page.evaluate(() => window.ended), 200);
  assert.deepEqual((await customer.now()).transfers[transfer], { executedPayments: 1, refusedAgain: 0 });
});

isolated("FaceSign's page is shown in the frame, and the wire is executed once", {}, async (stage) => {
  const { page, customer } = stage;
  const clientSecret = await page.evaluate(async (session) => {
    const headers = { "x-demo-session": session, "content-type": "application/json" };
    const answer = await fetch("/api/wires", { method: "POST", headers, body: JSON.stringify({ amount: 5_000_000 }) });
    return (await answer.json()).approval.clientSecret;
  }, customer.session);
  await mountIsolated(stage, { clientSecret, locale: "en", frameOrigins: [pages()] });
  await framed(stage).button(text.faceStart).click();
  const face = inFrame(stage).frameLocator("iframe");
  await face.locator("main[data-state=asking]").waitFor();
  await walk(face);
  await framed(stage).heading(text.approved).waitFor();
  const wire = wireOf(stage);
  await wire.heard("executions");
  await assertExecutedOnce(wire);
});

isolated("a capture and a device's key of the page's own are not used", {}, async (stage) => {
  const { page } = stage;
  const clientSecret = await newSecret(stage);
  await page.evaluate(
    async ([clientSecret, isolatedOrigin]) => {
      localStorage["sca-device"] = "1";
      window.captures = 0;
      const { mount } = await import("/pkg/index.js");
      mount("#approval", { clientSecret, baseUrl: "/sca", isolatedOrigin, faceCapture: () => (window.captures += 1) });
    },
    [clientSecret, isolatedOrigin()],
  );
  const widget = framed(stage);
  await widget.pinField.waitFor();
  const modules = () => performance.getEntriesByType("resource").map(({ name }) => name.split("/").at(-1)).filter((name) => name.endsWith(".wasm"));
  assert.deepEqual(await page.evaluate(modules), [], "the page loads no module");
  assert.deepEqual(await evaluateInFrame(stage, modules), ["sca_widget_bg.wasm"]);
  await approve(widget);
  await widget.heading(text.approved).waitFor();
  assert.equal(await page.evaluate(() => window.captures), 0);
});

isolated("removing the widget leaves nothing, and the approval goes on", {}, async (stage) => {
  const { page } = stage;
  await mountIsolated(stage);
  await framed(stage).pinField.waitFor();
  await page.evaluate(() => window.handle.unmount());
  assert.equal(await page.locator("iframe").count(), 0);
  assert.equal((await page.evaluate(() => window.handle.result)).reason, "unmounted");
  // The same approval goes on.
  await mountIsolated(stage, { clientSecret: stage.answers.find(({ said }) => said.approval)?.said.approval.clientSecret });
  await approve(framed(stage));
  await framed(stage).heading(text.approved).waitFor();
});

isolated("a script of the page that removes the frame is reported, and the customer can go on", {}, async (stage) => {
  const { page } = stage;
  await mountIsolated(stage);
  await framed(stage).pinField.waitFor();
  await recordedComes(stage, 1);
  await page.evaluate(() => document.querySelector("#approval").lastElementChild.shadowRoot.querySelector("iframe").remove());
  await recordedComes(stage, 2);
  assert.deepEqual((await recorded(stage))[1], ["sca-error", "widget-crashed"]);
  await page.getByRole("button", { name: "Try again" }).click();
  await framed(stage).pinField.waitFor();
});

