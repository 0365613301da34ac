// `sca-widget/react` in React 18 and 19, in React's development mode, in which StrictMode runs every effect twice.

import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";
import { serveModule } from "./libraries.mjs";
import { root } from "./programs.mjs";

const pkg = join(root, "pkg");

/** The folders of each version's packages. */
const ALIASES = { 18: { react: "react-18", "react-dom": "react-dom-18" }, 19: {} };

export const versions = Object.keys(ALIASES);

/** The rest of the package stays the one that the page's server has. */
const restOfPackage = {
  name: "rest of the package",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\// }, ({ path, importer }) =>
      dirname(importer) === pkg ? { path: `/pkg/${basename(path)}`, external: true } : undefined,
    ),
};

const COMPONENTS = `
  import * as React from "react";
  import { ScaApproval, useScaFetch } from "./pkg/react.js";
  export { React, ScaApproval };

  /** A page that pays, and shows what has become of it. */
  export function Shop({ options, session, log }) {
    const place = React.useRef(null);
    const scaFetch = useScaFetch(options.inline ? { baseUrl: "/sca", locale: "en", target: () => place.current } : { baseUrl: "/sca", locale: "en" });
    const functions = React.useRef(new Set()).current.add(scaFetch);
    const pay = async () => {
      try {
        const { status } = await scaFetch("/api/pay", { method: "POST", headers: { "x-demo-session": session } });
        log.push([status, functions.size]);
      } catch ({ name, outcome, reason }) {
        log.push([name, outcome ?? null, reason ?? null]);
      }
    };
    React.useEffect(() => {
      if (options.paysAtOnce) pay();
    }, []);
    return React.createElement("section", null, React.createElement("button", { type: "button", onClick: pay }, "Buy"), React.createElement("div", { ref: place }));
  }
`;

/** Serves `/test/react.js`: React, its roots, the component, and `Shop`. */
export const serveReact = ({ proxy }, version) =>
  serveModule(proxy, "/test/react.js", `${COMPONENTS} export { createRoot, hydrateRoot } from "react-dom/client";`, {
    alias: ALIASES[version],
    define: { "process.env.NODE_ENV": '"development"' },
    plugins: [restOfPackage],
  });

/** What a server renders of `<ScaApproval>` with these props, in the given version. */
export async function renderOnServer(version, props) {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { createElement } from "react";
        import { renderToString } from "react-dom/server";
        import { ScaApproval } from "./pkg/react.js";
        export const render = (props) => renderToString(createElement(ScaApproval, props));`,
      resolveDir: root,
    },
    bundle: true,
    platform: "node",
    format: "cjs",
    write: false,
    alias: ALIASES[version],
    // On a server no script of the package needs its own address.
    logOverride: { "empty-import-meta": "silent" },
  });
  const module = { exports: {} };
  new Function("module", "exports", "require", outputFiles[0].text)(module, module.exports, createRequire(import.meta.url));
  return module.exports.render(props);
}
