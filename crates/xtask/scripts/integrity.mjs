// Prints the subresource integrity of each file named, as `fetch` and `<script>` take it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

for (const file of process.argv.slice(2)) {
  console.log(`sha384-${createHash("sha384").update(readFileSync(file)).digest("base64")}`);
}
