// The same integration as strict.js with one option more: `isolatedOrigin`.

import { load, mount } from "/pkg/index.js";

const show = document.getElementById("show");
const place = document.getElementById("approval");
const result = document.getElementById("result");
const setting = fetch("/api/demo/isolated").then((answer) => answer.json());
let session;
let widget;

// If this fails, the widget tries again.
setting.then(({ isolatedOrigin }) => load({ isolatedOrigin })).catch(() => {});

show.addEventListener("click", async () => {
  show.disabled = true;
  result.textContent = "";
  result.textContent = await statement();
  show.disabled = false;
});

async function statement() {
  let answer = await call();
  if (answer.status === 403) {
    const { approval } = await answer.json();
    const { isolatedOrigin } = await setting;
    widget?.destroy();
    widget = mount(place, { clientSecret: approval.clientSecret, baseUrl: "/sca", isolatedOrigin, arrival: "focus" });
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
