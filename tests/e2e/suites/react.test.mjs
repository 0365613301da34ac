// `sca-widget/react` in React 18 and 19: StrictMode, rendering on a server, and a component that goes away.

import assert from "node:assert/strict";
import { CODE, PIN, calls, newSecret } from "../harness/journey.mjs";
import { focusComesTo } from "../harness/keyboard.mjs";
import { assertAbsent, leftInPage } from "../harness/leaks.mjs";
import { renderOnServer, serveReact, versions } from "../harness/react.mjs";
import { scenario } from "../harness/scenario.mjs";
import { NOTHING, dialogOf, leftOver, payments, protect } from "../harness/shop_calls.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const bare = { page: "/strict.html" };
const streams = ({ proxy }) => proxy.sent("GET", calls.events);
const logged = ({ page }) => page.evaluate(() => window.log);

/**
 * Prepares `<ScaApproval>` in StrictMode for {@link render}. Each callback logs its name, what it was told, and the `tag` of its rendering.
 * `served` are the attributes of a `<sca-widget>` that a server has rendered.
 */
async function begin(stage, version, served) {
  await serveReact(stage, version);
  await stage.page.evaluate(async (served) => {
    const { React, ScaApproval, createRoot, hydrateRoot } = await import("/test/react.js");
    const place = document.getElementById("approval");
    window.log = [];
    window.element = React.createRef();
    const tree = ({ tag, ...props }) => {
      const told = (name) => (detail) => window.log.push([name, detail?.outcome ?? detail?.code ?? null, tag]);
      const callbacks = { onReady: told("ready"), onResult: told("result"), onError: told("error") };
      return React.createElement(React.StrictMode, null, React.createElement(ScaApproval, { ref: window.element, baseUrl: "/sca", locale: "en", ...callbacks, ...props }));
    };
    if (served) {
      const widget = document.createElement("sca-widget");
      for (const [name, value] of served) widget.setAttribute(name, value);
      place.replaceChildren(widget);
    }
    let root;
    window.render = (props) => {
      if (root) root.render(tree(props));
      else if (served) root = hydrateRoot(place, tree(props));
      else (root = createRoot(place)).render(tree(props));
    };
    window.leave = () => root.unmount();
  }, served);
}

const render = ({ page }, props) => page.evaluate((props) => window.render(props), props);

async function approve({ widget }) {
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
}

for (const version of versions) {
  scenario(`React ${version}: in StrictMode there is one widget and one result, for the callbacks of the last rendering`, bare, async (stage) => {
    const { page, widget } = stage;
    await begin(stage, version);
    const clientSecret = await newSecret(stage);
    await render(stage, { clientSecret, tag: "first", className: "mine", style: { marginTop: "1px" } });
    await widget.pinField.waitFor();
    assert.equal((await leftOver(stage)).widgets, 1);
    await stage.until(() => streams(stage).length === 1);
    await page.evaluate(() => window.element.current.focus());
    await focusComesTo(page, text.pinTitle);
    await page.keyboard.type(PIN.slice(0, 2));
    // A page that renders again while the customer types.
    await render(stage, { clientSecret, tag: "second", className: "mine" });
    assert.equal(await widget.pinField.inputValue(), "••");
    await page.keyboard.type(PIN.slice(2));
    await page.keyboard.press("Enter");
    await widget.choose(text.sms);
    await widget.enterCode(CODE);
    await widget.heading(text.approved).waitFor();
    assert.equal(await page.locator("sca-widget.mine").count(), 1);
    assert.deepEqual(await logged(stage), [["ready", null, "first"], ["result", "approved", "second"]]);
    assert.equal(streams(stage).length, 1, "one widget has read the approval");
    // Rendered again with the same secret, it stays over.
    await render(stage, { clientSecret, tag: "third" });
    await widget.heading(text.approved).waitFor();
    assert.equal((await logged(stage)).length, 2);
    for (const [where, content] of Object.entries(await leftInPage(page))) assertAbsent({ clientSecret }, where, content);
  });

  scenario(`React ${version}: another secret is another approval, and null is none`, bare, async (stage) => {
    const { widget } = stage;
    await begin(stage, version);
    await render(stage, { clientSecret: null, tag: "none" });
    const [first, second] = [await newSecret(stage), await newSecret(stage)];
    await render(stage, { clientSecret: first, tag: "first" });
    await widget.pinField.waitFor();
    await render(stage, { clientSecret: second, tag: "second" });
    await stage.until(() => streams(stage).length === 2);
    await approve(stage);
    await widget.heading(text.approved).waitFor();
    assert.deepEqual((await logged(stage)).filter(([name]) => name === "result"), [["result", "approved", "second"]]);
  });

  scenario(`React ${version}: a component that goes away ends its widget without a result, and continues when it is back`, bare, async (stage) => {
    const { page, widget } = stage;
    await begin(stage, version);
    const clientSecret = await newSecret(stage);
    await render(stage, { clientSecret, tag: "first" });
    await widget.enterPin(PIN);
    await widget.heading(text.chooseTitle).waitFor();
    await page.evaluate(() => {
      window.widget = window.element.current;
      window.leave();
    });
    assert.deepEqual(await leftOver(stage), NOTHING);
    await page.waitForFunction(() => window.widget.handle === null);
    assert.deepEqual(await logged(stage), [["ready", null, "first"]]);
    await begin(stage, version);
    await render(stage, { clientSecret, tag: "back" });
    await widget.heading(text.chooseTitle).waitFor();
  });

  scenario(`React ${version}: a server renders no secret, and the widget starts after hydration`, bare, async (stage) => {
    const { widget } = stage;
    const clientSecret = await newSecret(stage);
    const markup = await renderOnServer(version, { clientSecret, baseUrl: "/sca", locale: "en", className: "mine", onResult: () => {} });
    assert.equal(markup, '<sca-widget class="mine" base-url="/sca" locale="en"></sca-widget>');
    const attributes = [...markup.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]);
    await begin(stage, version, attributes);
    await render(stage, { clientSecret, className: "mine", tag: "hydrated" });
    await approve(stage);
    await widget.heading(text.approved).waitFor();
    assert.deepEqual(await logged(stage), [["ready", null, "hydrated"], ["result", "approved", "hydrated"]]);
  });

  const shop = async (stage, options = {}) => {
    await serveReact(stage, version);
    await stage.page.evaluate(
      async ([options, session]) => {
        const { React, Shop, createRoot } = await import("/test/react.js");
        window.log = [];
        const root = createRoot(document.getElementById("approval"));
        window.leave = () => root.unmount();
        window.renderShop = () =>
          root.render(React.createElement(React.StrictMode, null, React.createElement(Shop, { options, session, log: window.log })));
        window.renderShop();
      },
      [options, stage.customer.session],
    );
  };
  const buy = ({ page }) => page.getByRole("button", { name: "Buy" }).click();
  const ends = ({ page }, count) => page.waitForFunction((count) => window.log.length === count, count);

  for (const [where, options] of [["a dialog", {}], ["its place", { inline: true }]]) {
    scenario(`React ${version}: useScaFetch pays after an approval in ${where}, and is the same function in every rendering`, bare, async (stage) => {
      const { page } = stage;
      protect(stage);
      await shop(stage, options);
      await page.evaluate(() => window.renderShop());
      await buy(stage);
      await approve(stage);
      await ends(stage, 1);
      assert.deepEqual(await logged(stage), [[200, 1]]);
      assert.equal(payments(stage).length, 2);
      assert.deepEqual(await leftOver(stage), NOTHING);
    });

    scenario(`React ${version}: a component that goes away while ${where} asks takes the widget with it`, bare, async (stage) => {
      const { page, widget } = stage;
      protect(stage);
      await shop(stage, options);
      await buy(stage);
      await widget.pinField.waitFor();
      await page.evaluate(() => window.leave());
      await ends(stage, 1);
      assert.deepEqual(await logged(stage), [["AbortError", null, null]]);
      assert.deepEqual(await leftOver(stage), NOTHING);
      assert.equal(payments(stage).length, 1);
    });
  }

  scenario(`React ${version}: a call in an effect, which StrictMode runs twice, shows one widget`, bare, async (stage) => {
    const { page, widget } = stage;
    protect(stage, Infinity);
    await shop(stage, { paysAtOnce: true });
    await widget.pinField.waitFor();
    await ends(stage, 1);
    assert.deepEqual(await logged(stage), [["AbortError", null, null]], "of the first run");
    assert.equal((await leftOver(stage)).dialogs, 1);
    await dialogOf(stage).waitFor();
    await page.keyboard.press("Escape");
    await ends(stage, 2);
    assert.deepEqual((await logged(stage))[1], ["ScaApprovalError", "cancelled", null]);
  });
}
