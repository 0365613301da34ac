// Where the module and the languages come from, if not from the package's folder: from scripts, or from `wasmUrl`.

import assert from "node:assert/strict";
import { redirect } from "../harness/faults.mjs";
import { newSecret } from "../harness/journey.mjs";
import { serveReact, versions } from "../harness/react.mjs";
import { scenario } from "../harness/scenario.mjs";
import { Widget } from "../harness/widget.mjs";
import { words } from "../harness/words.mjs";

const bare = { page: "/strict.html" };

/** The modules and languages that were fetched. */
const fetched = ({ proxy }) => proxy.seen.map(({ path }) => path).filter((path) => /\.(wasm|txt)$/.test(path));

scenario("with `sca-widget/inline`, module and language are not fetched", bare, async (stage) => {
  const { page } = stage;
  const clientSecret = await newSecret(stage);
  await page.evaluate(async (clientSecret) => {
    for (const name of ["widget", "ar"]) await import(`/pkg/dist/inline/${name}.js`);
    const { mount } = await import("/pkg/index.js");
    window.handle = mount("#approval", { clientSecret, baseUrl: "/sca", locale: "ar" });
  }, clientSecret);
  await new Widget(page, "ar").pinField.waitFor();
  assert.deepEqual(fetched(stage), []);
  // A language that is not among the scripts comes as a file.
  await page.evaluate(() => window.handle.update({ locale: "de" }));
  await page.getByRole("textbox", { name: words.de.pinTitle }).waitFor();
  assert.deepEqual(fetched(stage), ["/pkg/dist/de.txt"]);
});

scenario("with `sca-widget/inline/enrolment`, a page with both elements fetches neither module", bare, async (stage) => {
  const { page, widget } = stage;
  const clientSecret = await newSecret(stage);
  await page.evaluate(async (clientSecret) => {
    for (const name of ["widget", "enrolment"]) await import(`/pkg/dist/inline/${name}.js`);
    for (const name of ["define", "enrolment/index"]) await import(`/pkg/${name}.js`);
    const element = document.createElement("sca-widget");
    Object.assign(element, { clientSecret, baseUrl: "/sca", locale: "en" });
    document.getElementById("approval").append(element);
  }, clientSecret);
  await widget.pinField.waitFor();
  assert.deepEqual(fetched(stage), []);
});

const MOVED = "/moved/sca_widget_bg.wasm";

/** How a page gives the address. Each shows a widget with it. */
const doors = {
  "`mount`": async ({ clientSecret, wasmUrl }) => {
    const { mount } = await import("/pkg/index.js");
    mount("#approval", { clientSecret, baseUrl: "/sca", locale: "en", wasmUrl });
  },
  "the element's attribute": async ({ clientSecret, wasmUrl }) => {
    await import("/pkg/define.js");
    const element = document.createElement("sca-widget");
    for (const [name, value] of Object.entries({ "client-secret": clientSecret, "base-url": "/sca", locale: "en", "wasm-url": wasmUrl })) element.setAttribute(name, value);
    document.getElementById("approval").append(element);
  },
  "the element's property": async ({ clientSecret, wasmUrl }) => {
    await import("/pkg/define.js");
    const element = document.createElement("sca-widget");
    Object.assign(element, { wasmUrl: new URL(wasmUrl, location.href), clientSecret, baseUrl: "/sca", locale: "en" });
    document.getElementById("approval").append(element);
  },
  "`createScaFetch`": async ({ clientSecret, wasmUrl }) => {
    const { createScaFetch } = await import("/pkg/fetch.js");
    const refused = () => Response.json({ code: "approval-required", approval: { clientSecret } }, { status: 403 });
    createScaFetch({ baseUrl: "/sca", locale: "en", target: "#approval", wasmUrl, fetch: async () => refused() })("/api").catch(() => {});
  },
};
for (const version of versions) {
  doors[`\`<ScaApproval>\` in React ${version}`] = async ({ clientSecret, wasmUrl }) => {
    const { React, ScaApproval, createRoot } = await import("/test/react.js");
    createRoot(document.getElementById("approval")).render(React.createElement(ScaApproval, { clientSecret, baseUrl: "/sca", locale: "en", wasmUrl }));
  };
}

for (const [name, show] of Object.entries(doors)) {
  scenario(`\`wasmUrl\` by ${name}: module and language come from there`, bare, async (stage) => {
    const { page, proxy, widget } = stage;
    for (const file of ["sca_widget_bg.wasm", "en.txt"]) proxy.fault("GET", `/moved/${file}`, redirect(`/pkg/dist/${file}`), Infinity);
    await serveReact(stage, name.endsWith("18") ? "18" : "19");
    const clientSecret = await newSecret(stage);
    await page.evaluate(show, { clientSecret, wasmUrl: MOVED });
    await widget.pinField.waitFor();
    const asked = fetched(stage).filter((path) => path.startsWith("/moved/"));
    assert.deepEqual(asked.sort(), ["/moved/en.txt", MOVED]);
  });
}
