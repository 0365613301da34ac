import { html, script } from "../pages.mjs";

const imports = {
  "sca-widget": "/node_modules/sca-widget/index.js",
  "sca-widget/define": "/node_modules/sca-widget/define.js",
};

export default [
  {
    name: "no bundler, import map",
    files: {
      "index.html": html('<script type="module" src="/main.js"></script>', { head: `<script type="importmap">${JSON.stringify({ imports })}</script>` }),
      "main.js": script(),
    },
    output: ".",
    // The policy would have to name the hash of the import map.
    policy: null,
    needs: "an import map",
    anchor: "no-bundler",
  },
];
