import { defineConfig } from "vite";

// The partner's server is somewhere else; what the browser sees is one origin, and the host it named arrives there as it is.
// The built pages are served with the policy that the widget promises to work under.
const partner = { target: process.env.PARTNER, changeOrigin: false };
const toPartner = { "/api": partner, "/sca": partner };
const strict =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

export default defineConfig({
  server: { host: "127.0.0.1", proxy: toPartner },
  preview: { host: "127.0.0.1", proxy: toPartner, headers: { "content-security-policy": strict } },
});
