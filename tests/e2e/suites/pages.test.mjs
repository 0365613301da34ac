// The widget in pages that forbid, hide, catch and spell things in their own way, and in other documents.

import assert from "node:assert/strict";
import { CODE, PIN, calls, newSecret, recordEvents, recorded, toPin } from "../harness/journey.mjs";
import { relay } from "../harness/proxy.mjs";
import { scenario } from "../harness/scenario.mjs";
import { noConstructedSheets } from "../harness/style_sheets.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const strict = { page: "/strict.html" };

scenario("in a frame that is sandboxed without forms, a button and Return submit", { page: null, expected: [/can escape its sandboxing/] }, async (stage) => {
  const { page, widget, proxy } = stage;
  proxy.fault("GET", "/strict.html", async (exchange) => {
    const real = await exchange.forward();
    real.headers["content-security-policy"] += "; sandbox allow-scripts allow-same-origin";
    relay(real, exchange.outgoing);
  });
  await page.goto("/strict.html");
  await page.getByRole("button", { name: "Show my statement" }).click();
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.codeField.click();
  await page.keyboard.type(CODE);
  await page.keyboard.press("Enter");
  await page.getByText(/Your statement has \d+ entries/).waitFor();
  assert.equal(proxy.sent("POST", calls.verify).length, 2);
});

scenario("a page that hides what is empty shows the widget, and hides it where the page says so", strict, async (stage) => {
  const { page, widget } = stage;
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("a:empty, ul:empty, dl:empty, div:empty, section:empty, p:empty { display: none }");
    document.adoptedStyleSheets = [sheet];
  });
  await page.getByRole("button", { name: "Show my statement" }).click();
  await widget.pinField.waitFor();
  const isShown = () => page.locator("#approval > div").isVisible();
  assert.equal(await isShown(), true);
  await page.locator("#approval > div").evaluate((host) => (host.hidden = true));
  assert.equal(await isShown(), false);
});

scenario("the page's hotkeys get no keys of an entry, but Escape and combinations", strict, async (stage) => {
  const { page, widget } = stage;
  await page.evaluate(() => {
    window.keys = [];
    document.addEventListener("keydown", (event) => {
      window.keys.push(event.key);
      // What the usual check sees is the widget, not its field.
      if (event.target.localName !== "input" && /^\d$|^Backspace$/.test(event.key)) event.preventDefault();
    });
  });
  await page.getByRole("button", { name: "Show my statement" }).click();
  await widget.pinField.click();
  await page.keyboard.type("12");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("234");
  await page.keyboard.press("Escape");
  await widget.confirm.click();
  await widget.heading(text.chooseTitle).waitFor();
  assert.deepEqual(await page.evaluate(() => window.keys), ["Escape"]);
});

scenario("attributes in the spelling of a server's markup start the widget, and the secret leaves the markup", strict, async (stage) => {
  const { page, widget } = stage;
  const secret = await newSecret(stage);
  await page.evaluate(async (secret) => {
    await import("/pkg/define.js");
    const element = document.createElement("sca-widget");
    element.setAttribute("clientsecret", secret);
    element.setAttribute("baseurl", "/sca");
    document.getElementById("approval").append(element);
  }, secret);
  await widget.pinField.waitFor();
  assert.ok(!(await page.evaluate(() => document.documentElement.outerHTML)).includes(secret));
});

scenario("an element without a secret says so, and starts when it comes", { ...strict, expected: [/client secret/] }, async (stage) => {
  const { page, widget } = stage;
  await recordEvents(stage);
  await page.evaluate(() => {
    const element = document.createElement("sca-widget");
    element.baseUrl = "/sca";
    document.getElementById("approval").append(element);
  });
  await page.waitForFunction(() => window.recorded.length > 0);
  assert.deepEqual(await recorded(stage), [["sca-error", "client-secret-missing"]]);
  await page.getByRole("alert").filter({ hasText: "This step can’t be shown." }).waitFor();
  const secret = await newSecret(stage);
  await page.evaluate((secret) => (document.querySelector("sca-widget").clientSecret = secret), secret);
  await widget.pinField.waitFor();
});

for (const way of ["mounted in", "moved to"]) {
  scenario(`a widget that is ${way} another document is usable and styled there`, strict, async (stage) => {
    const { page } = stage;
    const setting = { clientSecret: await newSecret(stage), baseUrl: "/sca", locale: "en" };
    await page.evaluate(
      async ([way, setting]) => {
        const frame = document.createElement("iframe");
        document.getElementById("approval").append(frame);
        const { body } = frame.contentDocument;
        if (way === "mounted in") {
          const { mount } = await import("/pkg/index.js");
          await mount(body, setting).ready;
        } else {
          await import("/pkg/define.js");
          const element = Object.assign(document.createElement("sca-widget"), setting);
          document.getElementById("approval").append(element);
          await element.handle?.ready;
          body.append(element);
        }
        window.host = body.lastElementChild;
      },
      [way, setting],
    );
    await page.waitForFunction(() => window.host.shadowRoot?.querySelector("input"));
    const seen = await page.evaluate(() => {
      const input = window.host.shadowRoot.querySelector("input");
      return [window.host.shadowRoot.adoptedStyleSheets.length, input.ownerDocument.defaultView.getComputedStyle(input).position];
    });
    assert.deepEqual(seen, [1, "absolute"]);
  });
}

scenario("a widget that is moved to a window of its own is usable and styled there", strict, async (stage) => {
  const { page } = stage;
  const setting = { clientSecret: await newSecret(stage), baseUrl: "/sca", locale: "en" };
  await page.evaluate(async (setting) => {
    await import("/pkg/define.js");
    window.host = Object.assign(document.createElement("sca-widget"), setting);
    document.getElementById("approval").append(window.host);
    const button = Object.assign(document.createElement("button"), { textContent: "Window" });
    button.addEventListener("click", () => {
      window.apart = window.open("", "", "popup,width=400,height=600");
      window.apart.document.body.append(window.host);
    });
    document.body.append(button);
  }, setting);
  await page.getByRole("button", { name: "Window" }).click();
  await page.waitForFunction(() => {
    const input = window.host.shadowRoot?.querySelector("input");
    return input?.ownerDocument === window.apart.document && window.apart.getComputedStyle(input).position === "absolute";
  });
  const shown = await page.evaluate(() => {
    const input = window.host.shadowRoot.querySelector("input");
    input.value = "12";
    input.dispatchEvent(new window.apart.Event("input", { bubbles: true }));
    return input.value;
  });
  assert.equal(shown, "••", "an event of another realm counts");
  await page.evaluate(() => window.apart.close());
});

scenario("in Document Picture-in-Picture the widget is usable and styled, and goes on in the page when that window closes", { ...strict, withWindows: true }, async (stage) => {
  const { page, widget } = stage;
  const setting = { clientSecret: await newSecret(stage), baseUrl: "/sca", locale: "en" };
  await page.evaluate(async (setting) => {
    await import("/pkg/define.js");
    window.host = Object.assign(document.createElement("sca-widget"), setting);
    const place = document.getElementById("approval");
    place.append(window.host);
    const button = Object.assign(document.createElement("button"), { textContent: "Window" });
    button.addEventListener("click", async () => {
      window.apart = await window.documentPictureInPicture.requestWindow({ width: 360, height: 600 });
      window.apart.document.body.append(window.host);
      window.apart.addEventListener("pagehide", () => place.append(window.host));
    });
    document.body.append(button);
  }, setting);
  await page.getByRole("button", { name: "Window" }).click();
  await page.waitForFunction(() => {
    const input = window.host.shadowRoot?.querySelector("input");
    return input?.ownerDocument === window.apart?.document && window.apart.getComputedStyle(input).position === "absolute";
  });
  const shown = await page.evaluate(() => {
    const input = window.host.shadowRoot.querySelector("input");
    input.value = "12";
    input.dispatchEvent(new window.apart.Event("input", { bubbles: true }));
    return input.value;
  });
  assert.equal(shown, "••");
  await page.evaluate(() => window.apart.close());
  // A PIN does not outlive the window in which it was typed.
  await page.locator("#approval sca-widget").waitFor();
  assert.equal(await widget.pinField.inputValue(), "");
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
});

scenario("a mounted widget that is moved to another document keeps its entry, and is styled there", strict, async (stage) => {
  const { page, widget } = stage;
  const clientSecret = await newSecret(stage);
  await page.evaluate(async (clientSecret) => {
    const { mount } = await import("/pkg/index.js");
    await mount("#approval", { clientSecret, baseUrl: "/sca", locale: "en" }).ready;
  }, clientSecret);
  await widget.pinField.focus();
  await page.keyboard.type("12");
  await page.evaluate(() => {
    window.host = document.querySelector("#approval > div");
    const frame = document.createElement("iframe");
    document.getElementById("approval").append(frame);
    frame.contentDocument.body.append(window.host);
  });
  await page.waitForFunction(() => {
    const input = window.host.shadowRoot.querySelector("input");
    return input.ownerDocument.defaultView.getComputedStyle(input).position === "absolute" && input.value === "••";
  });
});

scenario("a widget that is mounted in a place that is not in the page yet waits for it", { ...strict, clock: true }, async (stage) => {
  const { page, widget, proxy, clock } = stage;
  const clientSecret = await newSecret(stage);
  await page.evaluate(async (clientSecret) => {
    const { mount } = await import("/pkg/index.js");
    window.place = document.createElement("div");
    window.handle = mount(window.place, { clientSecret, baseUrl: "/sca", locale: "en" });
    window.handle.result.then((result) => (window.ended = result));
    await window.handle.ready;
  }, clientSecret);
  // Longer than a widget that was in the page may be away.
  await proxy.until(() => proxy.sent("GET", calls.approval).length > 0);
  await clock.forward(5);
  assert.equal(await page.evaluate(() => window.ended), undefined);
  await page.evaluate(() => document.getElementById("approval").append(window.place));
  await widget.enterPin(PIN);
  await widget.heading(text.chooseTitle).waitFor();
});

scenario("a browser that cannot construct style sheets gets the style from a file", { ...strict, init: noConstructedSheets }, async (stage) => {
  const { page, widget } = stage;
  await page.getByRole("button", { name: "Show my statement" }).click();
  await widget.pinField.waitFor();
  const style = () => {
    const { shadowRoot } = document.querySelector("#approval > div");
    return shadowRoot.adoptedStyleSheets.length === 0 && getComputedStyle(shadowRoot.querySelector("input")).position === "absolute";
  };
  await page.waitForFunction(style);
  for (const button of [widget.confirm, page.getByRole("button", { name: text.cancel, exact: true })]) {
    assert.ok((await button.boundingBox()).height >= 44);
  }
  await widget.enterPin(PIN);
  await widget.heading(text.chooseTitle).waitFor();
});

scenario("a hidden page has no stream of events, and opens one when it is visible", {}, async (stage) => {
  const { page, widget, proxy } = stage;
  const setVisibility = (value) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, value);
  const streams = () => proxy.sent("GET", calls.events);
  await toPin(stage);
  await proxy.until(() => streams().length === 1);
  await setVisibility("hidden");
  await proxy.until(() => streams()[0].status === "broken off");
  assert.equal(streams().length, 1);
  await setVisibility("visible");
  await proxy.until(() => streams().length === 2);
  await widget.enterPin(PIN);
  await widget.heading(text.chooseTitle).waitFor();
});
