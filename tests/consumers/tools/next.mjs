import { reactComponent } from "../pages.mjs";

const next = (bundler, option) => ({
  name: `Next 16, ${bundler}`,
  version: "next",
  packages: { next: "16.4.6", react: "19.3.1", "react-dom": "19.3.1" },
  source: "app",
  files: {
    "app/layout.js": 'export default function Layout({ children }) {\n  return <html lang="en"><body><main>{children}</main></body></html>;\n}\n',
    "app/page.js": 'import Checkout from "./checkout.js";\n\nexport default function Page() {\n  return <Checkout />;\n}\n',
    "app/checkout.js": `"use client";\n${reactComponent}`,
  },
  build: [["next", "build", option]],
  start: (port) => ["next", "start", "--hostname", "127.0.0.1", "--port", `${port}`],
  dev: (port) => ["next", "dev", option, "--hostname", "127.0.0.1", "--port", `${port}`],
  needs: "a client component",
  anchor: "next",
});

export default [next("Turbopack", "--turbopack"), next("webpack", "--webpack")];
