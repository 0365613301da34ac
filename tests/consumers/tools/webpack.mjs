import { STRICT } from "../front.mjs";
import { html, script } from "../pages.mjs";

const page = { "index.html": html('<script type="module" src="/main.js"></script>') };
const config = (more) => `export default { mode: "production", entry: "./src/main.js", performance: { hints: false }, output: { trustedTypes: "bundler" }, ${more} };`;

const webpack = {
  name: "webpack 5",
  version: "webpack",
  packages: { webpack: "5.113.0", "webpack-cli": "7.3.1" },
  source: "src",
  files: { "dist/index.html": page["index.html"], "src/main.js": script(), "webpack.config.js": config("") },
  build: [["webpack"]],
  output: "dist",
  // Chunks, such as the list of languages, are scripts that webpack adds to the page.
  policy: STRICT.replace("trusted-types 'none'", "trusted-types bundler"),
  needs: "`output.trustedTypes`, under a strict policy",
  anchor: "webpack-and-rspack",
};

/** css-loader handles the sheet that the package names by `new URL`. */
const withStyles = {
  ...webpack,
  name: "webpack 5 with css-loader",
  packages: { ...webpack.packages, "css-loader": "7.1.5", "style-loader": "4.0.0" },
  files: { ...webpack.files, "webpack.config.js": config('module: { rules: [{ test: /\\.css$/, use: ["style-loader", "css-loader"] }] }') },
};

const rspack = {
  ...webpack,
  name: "Rspack 2",
  version: "@rspack/core",
  packages: { "@rspack/core": "2.3.4", "@rspack/cli": "2.2.8" },
  files: { "dist/index.html": page["index.html"], "src/main.js": script(), "rspack.config.mjs": config("") },
  build: [["rspack", "build"]],
};

export default [webpack, withStyles, rspack];
