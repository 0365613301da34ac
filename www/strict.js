// A complete integration: call, mount, wait, call again.

import { mount } from "/pkg/index.js";

const show = document.getElementById("show");
const place = document.getElementById("approval");
const result = document.getElementById("result");
let session;
let widget;

show.addEventListener("click", async () => {
  show.disabled = true;
  result.textContent = await statement();
  show.disabled = false;
});

async function statement() {
  let answer = await call();
  if (answer.status === 403) {
    const { approval } = await answer.json();
    widget?.destroy();
    widget = mount(place, { clientSecret: approval.clientSecret, baseUrl: "/sca", locale: "en" });
    const { outcome } = await widget.result;
    // The widget stays and shows why.
    if (outcome !== "approved") return `No statement: ${outcome}.`;
    widget.destroy();
    answer = await call(approval.id);
  }
  return answer.ok ? `Your statement has ${(await answer.json()).transactions.length} entries.` : "No statement.";
}

async function call(approvalId) {
  session ??= (await (await fetch("/api/demo/customer", { method: "POST" })).json()).session;
  const headers = { "x-demo-session": session };
  if (approvalId) headers["x-sca-approval"] = approvalId;
  return fetch("/api/statement?from=2026-07-01&to=2026-09-30", { headers });
}
