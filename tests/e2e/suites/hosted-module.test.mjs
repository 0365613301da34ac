// Which module a checkout downloads: the smaller one, unless the page allows frames or the approval needs one.

import assert from "node:assert/strict";
import "../harness/own_programs.mjs";
import { answer, redirect } from "../harness/faults.mjs";
import { askForStatement } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";
import { pages, toExplanation } from "../harness/wire.mjs";

const text = words.en;
const WIDGET = "/pkg/dist/sca_widget_bg.wasm";
const HOSTED = "/pkg/dist/sca_hosted_bg.wasm";

/** The modules that were fetched since then, with the folder. */
const fetched = ({ proxy }, since = 0) =>
  proxy.seen.slice(since).map(({ path }) => path).filter((path) => path.endsWith(".wasm"));

/** Opens the approval of a wire on a page of its own, with these options besides the usual ones. Returns a function for what was fetched for it. */
async function openAgain(stage, options, prepare = () => {}) {
  await toExplanation(stage);
  const { page, proxy, approvals } = stage;
  await page.goto("/strict.html");
  await prepare();
  const since = proxy.seen.length;
  await page.evaluate(
    async ([clientSecret, options]) => {
      const { mount } = await import("/pkg/index.js");
      window.events = [];
      document.addEventListener("sca-error", ({ detail }) => window.events.push(detail.code));
      window.handle = mount("#approval", { clientSecret, baseUrl: "/sca", locale: "en", ...options });
    },
    [approvals.at(-1).clientSecret, options],
  );
  return () => fetched(stage, since);
}

scenario("a checkout without frames downloads the smaller module alone", {}, async (stage) => {
  await askForStatement(stage);
  await stage.widget.heading(text.pinTitle).waitFor();
  assert.deepEqual(fetched(stage), [WIDGET]);
});

scenario("a page that names the origin of frames downloads the module with hosted challenges alone", {}, async (stage) => {
  const modules = await openAgain(stage, { frameOrigins: [pages()] });
  await stage.widget.heading(text.faceTitle).waitFor();
  assert.deepEqual(modules(), [HOSTED]);
});

scenario("a page that has not thought of frames is handed over to that module when an approval needs it", {}, async (stage) => {
  const modules = await openAgain(stage, {});
  // The pages of the simulated FaceSign are not at the default origin.
  await stage.widget.button(text.faceStart).click();
  await stage.widget.says(text.frameNotAllowed);
  assert.deepEqual(modules(), [WIDGET, HOSTED]);
  assert.equal(await stage.page.locator("#approval section").count(), 1);
  const reason = await stage.page.evaluate(async () => {
    window.handle.unmount();
    return (await window.handle.result).reason;
  });
  assert.equal(reason, "unmounted");
});

scenario("a page that allows no frames gets no other module, and the customer is told", {}, async (stage) => {
  const modules = await openAgain(stage, { frameOrigins: [] });
  await stage.widget.heading(text.cannotBeDone).waitFor();
  assert.deepEqual(modules(), [WIDGET]);
});

scenario("if that module cannot be fetched, the customer can try again", { expected: [/sca_hosted_bg\.wasm/] }, async (stage) => {
  const { page, proxy, widget } = stage;
  await openAgain(stage, {}, () => proxy.fault("GET", HOSTED, answer(503, ""), 2));
  await page.getByRole("button", { name: "Try again" }).click();
  await widget.heading(text.faceTitle).waitFor();
  assert.deepEqual(await page.evaluate(() => window.events), ["load-failed"]);
});

scenario("with `wasmUrl` that module comes from the same folder", {}, async (stage) => {
  const { proxy, widget } = stage;
  for (const file of ["sca_hosted_bg.wasm", "en.txt"]) proxy.fault("GET", `/moved/${file}`, redirect(`/pkg/dist/${file}`));
  await openAgain(stage, { frameOrigins: [pages()], wasmUrl: "/moved/sca_widget_bg.wasm" });
  await widget.heading(text.faceTitle).waitFor();
  assert.equal(proxy.sent("GET", "/moved/sca_hosted_bg.wasm").length, 1);
  assert.equal(proxy.sent("GET", "/moved/sca_widget_bg.wasm").length, 0);
});
