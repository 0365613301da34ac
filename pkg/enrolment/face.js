/** What the module calls to have a face captured by the page's own function; undefined if the page has none. */
export const faceCaptureOf = (capture) =>
  typeof capture === "function" ? { start: (sessionToken) => start(capture, sessionToken) } : undefined;

/** Starts one capture: its scan, as a promise of null if the customer cancelled; and what to do at its end. */
function start(capture, sessionToken) {
  const controller = new AbortController();
  const scan = scanOf(capture, { sessionToken, signal: controller.signal });
  return {
    scan,
    finish: async (result) => {
      try {
        await (await scan)?.finished?.(result);
      } catch (error) {
        report(error);
      }
    },
    abort: () => controller.abort(),
  };
}

async function scanOf(capture, request) {
  try {
    return await capture(request);
  } catch (error) {
    if (error?.name === "AbortError") return null;
    report(error);
    throw error;
  }
}

/** An error of the page's own function is the page's to handle, as one of a listener. */
const report = (error) => globalThis.reportError?.(error);
