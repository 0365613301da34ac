// As in the package's README: import by name, mount, wait.

import { mount } from "sca-widget";

const result = document.getElementById("result");
const { session } = await (await fetch("/api/demo/customer", { method: "POST" })).json();
const statement = (approval) =>
  fetch("/api/statement?from=2026-07-01&to=2026-09-30", {
    headers: { "x-demo-session": session, ...(approval ? { "x-sca-approval": approval } : {}) },
  });

const { approval } = await (await statement()).json();
const widget = mount(document.getElementById("approval"), {
  clientSecret: approval.clientSecret,
  baseUrl: "/sca",
  locale: new URLSearchParams(location.search).get("locale") ?? "en",
});
const { outcome } = await widget.result;
const answer = await statement(approval.id);
result.textContent = `${outcome}, and the statement answers ${answer.status}`;
