export default [
  {
    name: "SvelteKit 3",
    version: "@sveltejs/kit",
    node: "22.23.5",
    packages: { "@sveltejs/kit": "3.2.0", "@sveltejs/adapter-node": "6.0.2", "@sveltejs/vite-plugin-svelte": "7.3.1", svelte: "5.57.3", typescript: "6.0.3", vite: "8.4.0" },
    source: "src",
    files: {
      "vite.config.js": 'import adapter from "@sveltejs/adapter-node";\nimport { sveltekit } from "@sveltejs/kit/vite";\nexport default { plugins: [sveltekit({ adapter: adapter() })] };',
      "src/app.html": '<!doctype html>\n<html lang="en"><head><meta charset="utf-8" />%sveltekit.head%</head><body><div>%sveltekit.body%</div></body></html>\n',
      "src/routes/+page.svelte": `
<script>
  import { onMount } from "svelte";
  import "sca-widget/define";
  import { begin, locale } from "../shop.js";

  let call = $state(null);
  let text = $state("");
  onMount(async () => void (call = await begin()));
  const end = async ({ detail }) => (text = await call.finish(detail));
</script>

<main>
  {#if call}
    <sca-widget clientSecret={call.clientSecret} base-url="/sca" locale={locale()} onsca-result={end} onsca-error={({ detail }) => (text = detail.code)}></sca-widget>
  {/if}
  <p id="result" role="status">{text}</p>
</main>
`,
    },
    build: [["vite", "build"]],
    start: () => ["node", "build"],
    dev: (port) => ["vite", "dev", "--host", "127.0.0.1", "--port", `${port}`, "--strictPort"],
  },
];
