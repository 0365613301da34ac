import { defineConfig } from "vite";

// Vite proxies the partner's server, so that the browser sees one origin. The proxy keeps the Host header. The built pages are served
// with the policy that the widget supports.
const partner = { target: process.env.PARTNER, changeOrigin: false };
const toPartner = { "/api": partner, "/sca": partner };
const strict =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

export default defineConfig({
  server: { host: "127.0.0.1", proxy: toPartner },
  preview: { host: "127.0.0.1", proxy: toPartner, headers: { "content-security-policy": strict } },
});
