import { STRICT } from "../front.mjs";
import { html, reactComponent } from "../pages.mjs";

const page = (entry) => html(`<script type="module" src="/${entry}"></script>`, { hasResult: false });

const vite = (more) => ({
  version: "vite",
  build: [["vite", "build"]],
  output: "dist",
  dev: (port) => ["vite", "--host", "127.0.0.1", "--port", `${port}`, "--strictPort"],
  ...more,
  packages: { vite: "8.4.0", ...more.packages },
});

const react = (version) =>
  vite({
    name: `Vite 8, React ${version.split(".")[0]}`,
    version: "react",
    packages: { react: version, "react-dom": version, "@vitejs/plugin-react": "6.3.0" },
    files: {
      "index.html": page("main.jsx"),
      "vite.config.js": 'import react from "@vitejs/plugin-react";\nexport default { plugins: [react()] };',
      "Checkout.jsx": reactComponent,
      "main.jsx": `
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import Checkout from "./Checkout.jsx";

createRoot(document.getElementById("app")).render(<StrictMode><Checkout /></StrictMode>);
`,
    },
  });

const vue = vite({
  name: "Vite 8, Vue 3",
  version: "vue",
  // Vue writes its templates with a policy of its own.
  policy: STRICT.replace("trusted-types 'none'", "trusted-types vue"),
  packages: { vue: "3.5.45", "@vitejs/plugin-vue": "6.0.11" },
  files: {
    "index.html": page("main.js"),
    "vite.config.js": `
import vue from "@vitejs/plugin-vue";
export default { plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith("sca-") } } })] };
`,
    "main.js": 'import { createApp } from "vue";\nimport Checkout from "./Checkout.vue";\n\ncreateApp(Checkout).mount("#app");\n',
    "Checkout.vue": `
<script setup>
import { ref } from "vue";
import "sca-widget/define";
import { begin, locale } from "./shop.js";

const call = ref(null);
const text = ref("");
begin().then((started) => (call.value = started));
const end = async ({ detail }) => (text.value = await call.value.finish(detail));
</script>

<template>
  <sca-widget v-if="call" :clientSecret="call.clientSecret" base-url="/sca" :locale="locale()" @sca-result="end" @sca-error="text = $event.detail.code" />
  <p id="result" role="status">{{ text }}</p>
</template>
`,
  },
  needs: "`isCustomElement`",
  anchor: "vue-and-nuxt",
});

const svelte = vite({
  name: "Vite 8, Svelte 5",
  version: "svelte",
  // Svelte writes its templates with a policy of its own.
  policy: STRICT.replace("trusted-types 'none'", "trusted-types svelte-trusted-html"),
  packages: { svelte: "5.57.3", "@sveltejs/vite-plugin-svelte": "7.3.1" },
  files: {
    "index.html": page("main.js"),
    "vite.config.js": 'import { svelte } from "@sveltejs/vite-plugin-svelte";\nexport default { plugins: [svelte()] };',
    "main.js": 'import { mount } from "svelte";\nimport Checkout from "./Checkout.svelte";\n\nmount(Checkout, { target: document.getElementById("app") });\n',
    "Checkout.svelte": `
<script>
  import "sca-widget/define";
  import { begin, locale } from "./shop.js";

  let call = $state(null);
  let text = $state("");
  begin().then((started) => (call = started));
  const end = async ({ detail }) => (text = await call.finish(detail));
</script>

{#if call}
  <sca-widget clientSecret={call.clientSecret} base-url="/sca" locale={locale()} onsca-result={end} onsca-error={({ detail }) => (text = detail.code)}></sca-widget>
{/if}
<p id="result" role="status">{text}</p>
`,
  },
});

const preact = vite({
  name: "Vite 8, Preact",
  version: "preact",
  packages: { preact: "11.2.0" },
  files: {
    "index.html": page("main.js"),
    "main.js": `
import { h, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "sca-widget/define";
import { begin, locale } from "./shop.js";

function Checkout() {
  const [call, setCall] = useState(null);
  const [text, setText] = useState("");
  useEffect(() => void begin().then(setCall), []);
  const end = async ({ detail }) => setText(await call.finish(detail));
  return [
    call && h("sca-widget", { clientSecret: call.clientSecret, "base-url": "/sca", locale: locale(), "onsca-result": end, "onsca-error": ({ detail }) => setText(detail.code) }),
    h("p", { id: "result", role: "status" }, text),
  ];
}

render(h(Checkout), document.getElementById("app"));
`,
  },
});

export default [react("19.3.1"), react("18.3.1"), vue, svelte, preact];
