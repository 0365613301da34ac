import { html, inline, script } from "../pages.mjs";

const page = html('<script type="module" src="/main.js"></script>');
const plain = { "main.js": script() };

/** A tool that emits scripts alone. */
const bundler = (more) => ({
  output: "out",
  recipe: { "main.js": script(inline) },
  needs: "`sca-widget/inline`",
  anchor: "esbuild-rollup-bun-deno-and-angular",
  ...more,
  files: { "out/index.html": page, ...plain, ...more.files },
});

const esbuild = { version: "esbuild", packages: { esbuild: "0.28.2" } };

export default [
  bundler({ ...esbuild, name: "esbuild, `--format=esm`", build: [["esbuild", "main.js", "--bundle", "--format=esm", "--outfile=out/main.js"]] }),
  bundler({
    ...esbuild,
    name: "esbuild, classic script",
    files: { "out/index.html": html('<script defer src="/main.js"></script>') },
    build: [["esbuild", "main.js", "--bundle", "--minify", "--outfile=out/main.js", "--log-override:empty-import-meta=silent"]],
  }),
  bundler({
    ...esbuild,
    name: "esbuild, files copied",
    build: [
      ["esbuild", "main.js", "--bundle", "--format=esm", "--outfile=out/main.js"],
      ["node", "copy.js"],
    ],
    files: { "copy.js": 'import { cpSync } from "node:fs";\ncpSync("node_modules/sca-widget/dist", "out/sca-widget", { recursive: true });\n' },
    recipe: { "main.js": script("", { wasmUrl: "/sca-widget/sca_widget_bg.wasm" }) },
    needs: "`wasmUrl`",
    anchor: "files-of-your-own-wasmurl",
  }),
  bundler({
    name: "Rollup 4",
    version: "rollup",
    packages: { rollup: "4.68.8", "@rollup/plugin-node-resolve": "16.0.3" },
    build: [["rollup", "main.js", "--plugin", "node-resolve", "--dir", "out", "--silent"]],
  }),
  {
    name: "Parcel 2",
    version: "parcel",
    packages: { parcel: "2.16.4" },
    source: "src",
    files: { "src/index.html": html('<script type="module" src="./main.js"></script>'), "src/main.js": script() },
    // Parcel reads `exports` only if it is told to.
    manifest: { "@parcel/resolver-default": { packageExports: true } },
    build: [["parcel", "build", "src/index.html", "--no-cache", "--dist-dir", "out", "--public-url", "/"]],
    output: "out",
    dev: (port) => ["parcel", "serve", "src/index.html", "--no-cache", "--host", "127.0.0.1", "--port", `${port}`],
    needs: "`packageExports`",
    anchor: "parcel",
  },
  bundler({
    name: "Bun 1",
    version: "bun",
    packages: { bun: "1.4.5" },
    // Its package copies the program into place when it is installed.
    build: [
      ["node", "node_modules/bun/install.js"],
      ["bun", "build", "main.js", "--target=browser", "--outdir=out"],
    ],
  }),
  bundler({
    name: "Deno 2",
    version: "deno",
    packages: { deno: "2.9.6" },
    build: [["deno", "bundle", "--platform", "browser", "--quiet", "--output", "out/main.js", "main.js"]],
  }),
];
