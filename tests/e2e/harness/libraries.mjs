// Scripts of real libraries, bundled, on the page's own origin.

import { createRequire } from "node:module";
import { build } from "esbuild";
import { root } from "./programs.mjs";

const require = createRequire(import.meta.url);

/** Bundled once for all tests of a file. */
const bundles = new Map();

/** Serves a module at a path of the page's origin. `source` imports the libraries. `options` are esbuild's. */
export async function serveModule(proxy, path, source, options = {}) {
  const key = JSON.stringify([source, options.alias]);
  if (!bundles.has(key)) bundles.set(key, bundle(source, options));
  const code = await bundles.get(key);
  const answer = ({ outgoing }) => {
    outgoing.writeHead(200, { "content-type": "text/javascript", "cache-control": "no-store" });
    outgoing.end(code);
  };
  proxy.fault("GET", path, answer, Infinity);
}

async function bundle(source, options) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: root },
    bundle: true,
    format: "esm",
    write: false,
    minify: true,
    define: { "process.env.NODE_ENV": '"production"', __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false" },
    ...options,
  });
  return outputFiles[0].text;
}

/** How a library renders `<sca-widget>` with these properties on a server. */
export const onServer = {
  react: (properties) => {
    const { createElement } = require("react");
    return require("react-dom/server").renderToString(createElement("sca-widget", properties));
  },
  vue: (properties) => {
    const { createSSRApp, h } = require("vue");
    return require("vue/server-renderer").renderToString(createSSRApp({ render: () => h("sca-widget", properties) }));
  },
};

/** The module that continues in the browser: `hydrate(place, properties)`. */
export const inBrowser = {
  react: `
    import { createElement } from "react";
    import { hydrateRoot } from "react-dom/client";
    export const hydrate = (place, properties) => hydrateRoot(place, createElement("sca-widget", properties));`,
  vue: `
    import { createSSRApp, h } from "vue";
    export const hydrate = (place, properties) => createSSRApp({ render: () => h("sca-widget", properties) }).mount(place);`,
};
