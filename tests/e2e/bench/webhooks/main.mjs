// Only the webhooks' figures: `cargo xtask bench --webhooks`.

import { measureWebhooks } from "./measure.mjs";

for (const line of await measureWebhooks()) console.log(line);
