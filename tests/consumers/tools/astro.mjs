import { html, script } from "../pages.mjs";

export default [
  {
    name: "Astro 7",
    version: "astro",
    node: "22.23.5",
    packages: { astro: "7.3.5" },
    source: "src",
    files: { "src/pages/index.astro": html('<script src="../main.js"></script>'), "src/main.js": script() },
    build: [["astro", "build"]],
    output: "dist",
    dev: (port) => ["astro", "dev", "--host", "127.0.0.1", "--port", `${port}`],
  },
];
