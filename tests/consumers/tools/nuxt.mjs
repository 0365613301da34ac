export default [
  {
    name: "Nuxt 4",
    version: "nuxt",
    node: "22.23.5",
    packages: { nuxt: "4.5.2" },
    source: "app",
    files: {
      "nuxt.config.ts": `
export default defineNuxtConfig({
  compatibilityDate: "2026-11-01",
  vue: { compilerOptions: { isCustomElement: (tag) => tag.startsWith("sca-") } },
});
`,
      "app/app.vue": `
<script setup>
import { onMounted, ref } from "vue";
import "sca-widget/define";
import { begin, locale } from "./shop.js";

const call = ref(null);
const text = ref("");
onMounted(async () => (call.value = await begin()));
const end = async ({ detail }) => (text.value = await call.value.finish(detail));
</script>

<template>
  <main>
    <sca-widget v-if="call" :clientSecret="call.clientSecret" base-url="/sca" :locale="locale()" @sca-result="end" @sca-error="text = $event.detail.code" />
    <p id="result" role="status">{{ text }}</p>
  </main>
</template>
`,
    },
    build: [["nuxt", "build"]],
    start: () => ["node", ".output/server/index.mjs"],
    dev: (port) => ["nuxt", "dev", "--host", "127.0.0.1", "--port", `${port}`, "--no-fork"],
    needs: "`isCustomElement`",
    anchor: "vue-and-nuxt",
  },
];
