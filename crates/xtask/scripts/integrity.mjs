// Prints the subresource integrity of a file, as `fetch` and `<script>` take it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const [file] = process.argv.slice(2);
console.log(`sha384-${createHash("sha384").update(readFileSync(file)).digest("base64")}`);
