// Starts the gallery. trunk names what it builds after the package, and its own starter is an inline script, which a
// strict policy refuses.
import init from "./sca-widget.js";

await init({ module_or_path: new URL("sca-widget_bg.wasm", import.meta.url) });
