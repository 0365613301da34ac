// Starts the gallery. trunk names its output after the package. Its own start script is inline, which a strict content security
// policy refuses.
import init from "./sca-widget.js";

await init({ module_or_path: new URL("sca-widget_bg.wasm", import.meta.url) });
