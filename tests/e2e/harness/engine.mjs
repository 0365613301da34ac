// The browser engine that a run is in: the suites and their stories do not know which.
//
// `SCA_ENGINE` names it: chromium (unless told), firefox or webkit. A module of `engines/` gives
//
// - `name`: as in `SCA_ENGINE`;
// - `share()`: starts what all test files of one run have in common; `{ environment, stop }`;
// - `openContext(setting)`: a context of its own with pages in it, which do what Playwright's BrowserContext, Page, Keyboard,
//   Locator, FrameLocator and Clock do, as far as the suites use them. In Chromium and Firefox they are Playwright's own; for
//   WebKit see `engines/webkit/page.mjs`. `setting` has the test's `proxy`, whether the `camera` is granted, asked for,
//   denied or missing, whether `backForwardCache` is on, and Playwright's options of a context;
// - `clipboard`: `write(page, text)` and `read(page)`;
// - `colorSchemes` and `isResizable`: what the engine can be made to show; null is the scheme that it starts with;
// - `close()`: ends what this test file has started.
//
// Every call has a deadline, whatever drives the browser. What an engine cannot do is in `left_out.mjs`, with the reason.

export const engines = ["chromium", "firefox", "webkit"];

const wanted = process.env.SCA_ENGINE ?? "chromium";
if (!engines.includes(wanted)) throw new Error(`SCA_ENGINE is ${wanted}, and not one of ${engines.join(", ")}`);

export const engine = await import(`./engines/${wanted}.mjs`);
