import { wasmIntegrity } from "./dist/manifest.js";
import instantiate from "./dist/sca_widget.js";
import { ScaError } from "./error.js";
import { loaderOf, translation } from "./loader.js";

const loadOwn = loaderOf(instantiate, () => new URL("./dist/sca_widget_bg.wasm", import.meta.url), wasmIntegrity, translation);

/**
 * Downloads and starts the widget's module. It is the one with hosted challenges where the page names origins of frames, or where an approval
 * `needsHosted` challenges. It is that of both elements on a page that downloads this one anyway or can capture a face,
 * and in a browser that keeps the key of a device (`enrolment/device.js`). In isolated mode it is a frame in `options.root`.
 */
export async function load(options) {
  if (options?.isolatedOrigin) {
    const isolated = await import("./isolated.js").catch(failed);
    return isolated.load(options);
  }
  try {
    if (!options?.wasmUrl && (options?.faceCapture || customElements.get("sca-enrolment") || localStorage["sca-device"])) {
      return await (await import("./enrolment/module.js")).loadWidget(options);
    }
  } catch {
    // The smaller modules have every other factor.
  }
  if (options?.frameOrigins?.length || options?.needsHosted) {
    const hosted = await import("./hosted.js").catch(failed);
    return hosted.load(options);
  }
  return loadOwn(options);
}

function failed(cause) {
  throw new ScaError("load-failed", { cause });
}
