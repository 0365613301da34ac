// Starts the gallery. trunk's own starter is an inline script, which a strict policy refuses.
import init from "./gallery.js";

await init({ module_or_path: new URL("gallery_bg.wasm", import.meta.url) });
