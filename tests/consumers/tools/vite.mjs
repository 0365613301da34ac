import { html, script } from "../pages.mjs";

const exclude = { "vite.config.js": 'export default { optimizeDeps: { exclude: ["sca-widget"] } };' };

const vite = (version, { recipe } = {}) => ({
  name: `Vite ${version.split(".")[0]}`,
  version: "vite",
  packages: { vite: version },
  files: { "index.html": html('<script type="module" src="/main.js"></script>'), "main.js": script() },
  build: [["vite", "build"]],
  output: "dist",
  dev: (port) => ["vite", "--host", "127.0.0.1", "--port", `${port}`, "--strictPort"],
  ...recipe,
});

/** Their development servers move the package's scripts away from its files. */
const excluded = { recipe: { recipe: exclude, needs: "`optimizeDeps.exclude`", anchor: "vite-5-6-and-7" } };

export default [vite("8.4.0"), vite("7.3.8", excluded), vite("6.4.6", excluded), vite("5.4.21", excluded)];
