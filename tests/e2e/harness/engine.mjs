// The browser engine of a run. The suites do not know which it is.
//
// `SCA_ENGINE` names it: chromium (the default), firefox or webkit. A module of `engines/` exports
//
// - `name`: as in `SCA_ENGINE`;
// - `share({ isWhole })`: starts what all test files of one run share, in the browser that people have if `isWhole`; `{ environment, stop }`;
// - `openContext(setting)`: a new context with pages. They have the interfaces of Playwright's BrowserContext, Page, Keyboard,
//   Locator, FrameLocator and Clock, as far as the suites use them. In Chromium and Firefox they are Playwright's own; for
//   WebKit see `engines/webkit/page.mjs`. `setting` has the test's `proxy`, whether the `camera` is granted, asked for,
//   denied or missing, whether `backForwardCache` is on, and Playwright's options of a context;
// - `clipboard`: `write(page, text)` and `read(page)`;
// - `colorSchemes` and `isResizable`: what the engine can show; null is the scheme that it starts with;
// - `close()`: ends what this test file has started.
//
// Every call has a deadline, whatever drives the browser. `left_out.mjs` lists what an engine cannot do, with the reason.

export const engines = ["chromium", "firefox", "webkit"];

const wanted = process.env.SCA_ENGINE ?? "chromium";
if (!engines.includes(wanted)) throw new Error(`SCA_ENGINE is ${wanted}, and not one of ${engines.join(", ")}`);

export const engine = await import(`./engines/${wanted}.mjs`);
