// A simple hand-written handler for FaceSign's webhooks, to compare the backend with. It verifies the signature, fetches the session,
// finds and updates the transfer, lets the bank execute it, and only then answers. It stores no event, detects no duplicate, and
// does not recover from a failure half-way.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import pg from "pg";

const { DATABASE_URL, FACESIGN_URL, FACESIGN_API_KEY, FACESIGN_WEBHOOK_SECRET, BANK_URL, BANK_SECRET } = process.env;
const bankKey = Buffer.from(BANK_SECRET.replace("whsec_", ""), "base64");
const database = new pg.Pool({ connectionString: DATABASE_URL, max: 16 });

function isGenuine(body, header) {
  const parts = Object.fromEntries((header ?? "").split(",").map((part) => part.split("=")));
  if (!parts.t || !parts.v1) return false;
  const expected = createHmac("sha256", FACESIGN_WEBHOOK_SECRET).update(`${parts.t}.`).update(body).digest();
  const given = Buffer.from(parts.v1, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function execute(transfer) {
  const body = JSON.stringify({ type: "transfer.execute", timestamp: new Date().toISOString(), data: transfer });
  const id = `exec_${transfer.transfer}`;
  const seconds = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", bankKey).update(`${id}.${seconds}.${body}`).digest("base64");
  const answer = await fetch(`${BANK_URL}/bank/wires`, {
    method: "POST",
    headers: { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": `${seconds}`, "webhook-signature": `v1,${signature}` },
    body,
  });
  if (!answer.ok) throw new Error(`the bank answered ${answer.status}`);
  await answer.text();
}

async function handle(body, signature) {
  if (!isGenuine(body, signature)) return 401;
  const event = JSON.parse(body);
  if (event.type !== "session.status") return 200;
  const answer = await fetch(`${FACESIGN_URL}/sessions/${event.sessionId}`, {
    headers: { authorization: `Bearer ${FACESIGN_API_KEY}` },
  });
  const { session } = await answer.json();
  const found = await database.query("SELECT id, amount, currency FROM transfers WHERE session_id = $1", [event.sessionId]);
  const [transfer] = found.rows;
  if (!transfer) return 200;
  const outcome = (node) => session.report?.nodeReports?.find(({ nodeId }) => nodeId === node)?.outcome;
  if (session.status === "complete" && outcome("liveness") === "livenessDetected" && outcome("email_otp") === "verified") {
    await database.query("UPDATE transfers SET status = 'authorized' WHERE id = $1", [transfer.id]);
    await execute({ transfer: transfer.id, version: 1, amount: { value: Number(transfer.amount), currency: transfer.currency } });
  } else {
    await database.query("UPDATE transfers SET status = 'blocked' WHERE id = $1", [transfer.id]);
  }
  return 200;
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const status = await handle(Buffer.concat(chunks), request.headers["x-facesign-signature"]).catch((error) => {
    console.error(error);
    return 500;
  });
  response.writeHead(status, { "content-type": "application/json" }).end('{"received":true}');
});
server.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
