// What no page may do in any test: report errors, violate its policy, or call another server.

/** Chromium's own message about an answer with an error status. It is not an error of the page. */
const NETWORK_NOTE = /^Failed to load resource: (the server responded with a status of [45]\d\d|net::ERR_)/;

/** Watches every page of a context. `complaints` collects violations, `console` all output. */
export async function watch(context, origin) {
  const complaints = [];
  const printed = [];

  await context.exposeBinding("reportViolation", (_, violation) => complaints.push(`policy: ${violation}`));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.reportViolation(`${event.effectiveDirective} blocked ${event.blockedURI} ${event.sample}`);
    });
  });

  context.on("console", (message) => {
    printed.push(message.text());
    if (message.type() !== "error" && message.type() !== "warning") return;
    const asset = /\.(js|css|wasm|svg)$/.test(message.location().url.split("?")[0]);
    if (NETWORK_NOTE.test(message.text()) && !asset) return;
    complaints.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) => complaints.push(`uncaught: ${error.error()?.stack ?? error.error()}`));
  context.on("request", (request) => {
    const target = new URL(request.url());
    const isKnown = [origin, process.env.SCA_FACESIGN_PAGES, process.env.SCA_ISOLATED, process.env.SCA_WEAVR_PHONE].includes(target.origin);
    if (!isKnown && target.protocol !== "blob:") complaints.push(`another origin: ${request.url()}`);
  });
  context.on("page", (page) => page.on("crash", () => complaints.push("the page crashed")));
  return { complaints, console: printed };
}
