// A page that names the integrity of the package's scripts, as docs/integration.md says: the browser runs those scripts and no others.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { integrities } from "../../../crates/xtask/scripts/release/inventory.mjs";
import { pack } from "../../../crates/xtask/scripts/release/pack.mjs";
import { CODE, PIN } from "../harness/journey.mjs";
import { bodyOf } from "../harness/proxy.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const show = ({ page }) => page.getByRole("button", { name: "Show my statement" }).click();

/** The import map's text: each script of the package at the address where the page serves it. */
function importMap() {
  const folder = mkdtempSync(join(tmpdir(), "sca-integrity-"));
  try {
    const scripts = Object.entries(integrities(pack(folder).files)).filter(([path]) => path.endsWith(".js"));
    return JSON.stringify({ integrity: Object.fromEntries(scripts.map(([path, value]) => [`/pkg/${path}`, value])) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const map = importMap();
const hash = createHash("sha256").update(map).digest("base64");

/** The page with the import map, and with a policy that allows it. */
async function withMap(exchange) {
  const real = await exchange.forward();
  const { "content-length": _, "content-security-policy": policy, ...headers } = real.headers;
  const page = (await bodyOf(real)).toString().replace("<script", `<script type="importmap">${map}</script>\n    <script`);
  exchange.outgoing.writeHead(200, { ...headers, "content-security-policy": policy.replace("script-src", `script-src 'sha256-${hash}'`) });
  exchange.outgoing.end(page);
}

/** A script with one more line. */
async function changed(exchange) {
  const real = await exchange.forward();
  const { "content-length": _, ...headers } = real.headers;
  exchange.outgoing.writeHead(200, headers);
  exchange.outgoing.end(`${await bodyOf(real)}\nglobalThis.isChanged = true;\n`);
}

scenario("a page that names the integrity of every script clears an approval", { page: null }, async (stage) => {
  stage.proxy.fault("GET", "/strict.html", withMap);
  await stage.page.goto("/strict.html");
  await show(stage);
  await stage.widget.enterPin(PIN);
  await stage.widget.choose(text.sms);
  await stage.widget.enterCode(CODE);
  await stage.page.getByText(/Your statement has \d+ entries/).waitFor();
});

const refused = { page: null, expected: [/integrity|digest/i, /\/pkg\//] };
const hasRun = (page) => page.evaluate(() => "isChanged" in globalThis);

for (const script of ["index.js", "widget.js", "dist/manifest.js", "dist/sca_widget.js"]) {
  scenario(`a changed ${script} does not run in such a page`, refused, async ({ page, proxy }) => {
    proxy.fault("GET", "/strict.html", withMap);
    proxy.fault("GET", `/pkg/${script}`, changed);
    // Done when the page's own module, which imports the package, has run or was refused.
    await page.goto("/strict.html");
    // An engine may fetch a script again that it has refused.
    assert.ok(proxy.sent("GET", `/pkg/${script}`).length > 0);
    assert.equal(await hasRun(page), false);
  });
}

scenario("a changed script that the widget imports later does not run either", refused, async ({ page, proxy }) => {
  proxy.fault("GET", "/strict.html", withMap);
  proxy.fault("GET", "/pkg/enrolment/module.js", changed);
  await page.goto("/strict.html");
  // The widget goes on with the smaller module.
  await page.evaluate(async () => {
    localStorage["sca-device"] = "1";
    await (await import("/pkg/module.js")).load();
  });
  assert.equal(proxy.sent("GET", "/pkg/enrolment/module.js").length, 1);
  assert.equal(await hasRun(page), false);
});
