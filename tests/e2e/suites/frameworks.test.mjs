// The widget in pages that real libraries morph, replace, hydrate and restore.

import assert from "node:assert/strict";
import { CODE, PIN, calls, newSecret, recordEvents, recorded } from "../harness/journey.mjs";
import { inBrowser, onServer, serveModule } from "../harness/libraries.mjs";
import { bodyOf } from "../harness/proxy.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const blank = { page: null };

/** Opens the strict page with other content in place of its own. These libraries write markup and styles, which its policy forbids. */
async function open({ page, proxy }, content = () => '<div id="approval"></div>') {
  const show = async (exchange) => {
    const real = await exchange.forward();
    const { "content-length": _, "content-encoding": __, etag: ___, ...headers } = real.headers;
    const policy = headers["content-security-policy"].replace(/(require-)?trusted-types[^;]*;?/g, "");
    headers["content-security-policy"] = policy.replace("style-src", "style-src 'unsafe-inline'");
    const markup = String(await bodyOf(real)).replace(/<main>.*<\/main>/s, `<main>${content(exchange.record.url)}</main>`);
    exchange.outgoing.writeHead(200, headers);
    exchange.outgoing.end(markup.replace(/<script type="module".*<\/script>/, ""));
  };
  proxy.fault("GET", "/strict.html", show, Infinity);
  await page.goto("/strict.html?first");
}

const reads = ({ proxy }) => proxy.sent("GET", calls.approval).length;

/** Markup as a server renders it each time. */
const element = (secret, more = 'base-url="/sca"') => `<sca-widget id="widget" client-secret="${secret}" ${more}></sca-widget>`;

const showMarkup = ({ page }, markup) => page.evaluate((markup) => (document.getElementById("approval").innerHTML = markup), markup);

async function type(stage, digits) {
  await stage.widget.pinField.focus();
  await stage.page.keyboard.type(digits);
}

async function toEnd({ page, widget }) {
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await widget.heading(text.approved).waitFor();
}

const morphs = {
  idiomorph: `
    import { Idiomorph } from "idiomorph";
    export const morph = (place, markup) => Idiomorph.morph(place, markup, { morphStyle: "innerHTML" });`,
  "Alpine's morph": `
    import { morph as alpine } from "@alpinejs/morph";
    export const morph = (place, markup) => alpine(place, \`<div id="approval">\${markup}</div>\`, {});`,
};

for (const [name, source] of Object.entries(morphs)) {
  for (const [how, more] of [["attributes", 'base-url="/sca"'], ["a property and an attribute", ""]]) {
    scenario(`${name} does not disturb an entry that was started by ${how}, and there is one result`, blank, async (stage) => {
      const { page, widget, proxy } = stage;
      await serveModule(proxy, "/test/morph.js", source);
      await open(stage);
      const secret = await newSecret(stage);
      await recordEvents(stage);
      await page.evaluate(async (again) => {
        const { morph } = await import("/test/morph.js");
        window.again = () => morph(document.getElementById("approval"), again);
      }, element(secret, more));
      await page.evaluate(([markup, isComplete]) => {
        document.getElementById("approval").innerHTML = markup;
        if (!isComplete) document.getElementById("widget").baseUrl = "/sca";
      }, [element(secret, more), more !== ""]);
      await type(stage, PIN.slice(0, 2));
      for (let times = 0; times < 3; times += 1) await page.evaluate(() => window.again());
      assert.equal(await widget.pinField.inputValue(), "••");
      assert.ok(!(await page.evaluate(() => document.documentElement.outerHTML)).includes(secret));

      await page.keyboard.press("Backspace");
      await page.keyboard.press("Backspace");
      // A page that is rendered again at each result.
      await page.evaluate(() => document.addEventListener("sca-result", () => window.again()));
      await toEnd(stage);
      const before = reads(stage);
      for (let times = 0; times < 3; times += 1) await page.evaluate(() => window.again());
      await widget.heading(text.approved).waitFor();
      assert.deepEqual(await recorded(stage), [["sca-ready", null], ["sca-result", "approved"]]);
      assert.equal(reads(stage), before);
    });
  }
}

for (const [name, render] of Object.entries(onServer)) {
  for (const [spelling, of] of [
    ["properties", (secret) => ({ clientSecret: secret, baseUrl: "/sca" })],
    ["attributes", (secret) => ({ "client-secret": secret, "base-url": "/sca" })],
  ]) {
    for (const order of ["before", "after"]) {
      scenario(`rendered by ${name} on a server with ${spelling}, the widget is defined ${order} hydration and starts`, blank, async (stage) => {
        const { page, widget, proxy } = stage;
        await serveModule(proxy, "/test/hydrate.js", inBrowser[name]);
        await open(stage);
        const properties = of(await newSecret(stage));
        const secret = Object.values(properties)[0];
        await showMarkup(stage, await render(properties));
        if (order === "before") await recordEvents(stage);
        await page.evaluate(async (properties) => {
          const { hydrate } = await import("/test/hydrate.js");
          hydrate(document.getElementById("approval"), properties);
        }, properties);
        if (order === "after") await recordEvents(stage);
        await toEnd(stage);
        assert.deepEqual(await recorded(stage), [["sca-ready", null], ["sca-result", "approved"]]);
        assert.ok(!(await page.evaluate(() => document.documentElement.outerHTML)).includes(secret));
      });
    }
  }
}

async function withTurbo(stage, content) {
  await serveModule(stage.proxy, "/test/turbo.js", 'export * from "@hotwired/turbo";');
  let secret;
  await open(stage, (url) => content(url, secret));
  secret = await newSecret(stage);
  await stage.page.reload();
  await recordEvents(stage);
  await stage.page.evaluate(async () => {
    window.turbo = await import("/test/turbo.js");
  });
}
const visited = ({ page }, heading) => page.getByRole("heading", { name: heading }).waitFor();

scenario("a permanent element of Turbo keeps its entry on the next page", blank, async (stage) => {
  const { page, widget } = stage;
  await withTurbo(stage, (url, secret) => {
    const first = url.endsWith("first");
    return `<h1>${first ? "First" : "Second"} page</h1><div id="kept" data-turbo-permanent>${first ? element(secret) : ""}</div>`;
  });
  await type(stage, PIN.slice(0, 2));
  await page.evaluate(() => window.turbo.visit("/strict.html?second"));
  await visited(stage, "Second page");
  assert.equal(await widget.pinField.inputValue(), "••");
  await type(stage, PIN.slice(2));
  await page.keyboard.press("Enter");
  await widget.heading(text.chooseTitle).waitFor();
  assert.deepEqual(await recorded(stage), [["sca-ready", null]]);
});

scenario("a page that Turbo restores without the secret says so", { ...blank, expected: [/client secret/] }, async (stage) => {
  const { page, widget } = stage;
  await withTurbo(stage, (url, secret) => (url.endsWith("first") ? `<h1>First page</h1>${element(secret)}` : "<h1>Second page</h1>"));
  await widget.pinField.waitFor();
  await page.evaluate(() => window.turbo.visit("/strict.html?second"));
  await visited(stage, "Second page");
  await page.evaluate(() => history.back());
  await visited(stage, "First page");
  await page.getByRole("alert").filter({ hasText: "This step can’t be shown." }).waitFor();
  assert.deepEqual((await recorded(stage)).at(-1), ["sca-error", "client-secret-missing"]);
});

scenario("a page that htmx restores from its history says so, and the history has no secret", { ...blank, expected: [/client secret/] }, async (stage) => {
  const { page, widget, proxy } = stage;
  await serveModule(proxy, "/test/htmx.js", 'export { default as htmx } from "htmx.org";');
  let secret;
  const link = '<a href="?second" hx-get="/strict.html?second" hx-target="main" hx-select="main" hx-swap="outerHTML" hx-push-url="true">On</a>';
  await open(stage, (url) => (url.endsWith("first") ? `<h1>First page</h1>${element(secret)}${link}` : "<h1>Second page</h1>"));
  secret = await newSecret(stage);
  await page.reload();
  await recordEvents(stage);
  await page.evaluate(async () => {
    const { htmx } = await import("/test/htmx.js");
    htmx.process(document.body);
  });
  await widget.pinField.waitFor();
  await page.getByRole("link", { name: "On" }).click();
  await visited(stage, "Second page");
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.match(kept, /sca-widget/, "htmx keeps the page's markup");
  assert.ok(!kept.includes(secret));
  await page.evaluate(() => history.back());
  await visited(stage, "First page");
  await page.getByRole("alert").filter({ hasText: "This step can’t be shown." }).waitFor();
  assert.deepEqual((await recorded(stage)).at(-1), ["sca-error", "client-secret-missing"]);
});

scenario("an element that is taken out for a moment keeps its entry", blank, async (stage) => {
  const { page, widget } = stage;
  await open(stage);
  await recordEvents(stage);
  await showMarkup(stage, element(await newSecret(stage)));
  await type(stage, PIN.slice(0, 2));
  await page.evaluate(async () => {
    const element = document.getElementById("widget");
    element.remove();
    await new Promise((settle) => setTimeout(settle, 300));
    document.getElementById("approval").append(element);
  });
  assert.equal(await widget.pinField.inputValue(), "••");
  await type(stage, PIN.slice(2));
  await page.keyboard.press("Enter");
  await widget.heading(text.chooseTitle).waitFor();
  assert.deepEqual(await recorded(stage), [["sca-ready", null]]);
});

scenario("a mounted widget whose place the page empties ends with a result", blank, async (stage) => {
  const { page, widget } = stage;
  await open(stage);
  await recordEvents(stage);
  const secret = await newSecret(stage);
  await page.evaluate(async (clientSecret) => {
    const { mount } = await import("/pkg/index.js");
    window.handle = mount("#approval", { clientSecret, baseUrl: "/sca" });
  }, secret);
  await widget.pinField.waitFor();
  const result = await page.evaluate(async () => {
    document.getElementById("approval").innerHTML = "";
    return await window.handle.result;
  });
  assert.equal(result.outcome, "cancelled");
  assert.equal(result.reason, "unmounted");
});
