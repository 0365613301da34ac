// The partner's part of every project: a call that the bank refuses, and the same call again.

export const locale = () => new URLSearchParams(location.search).get("locale") ?? "en";

/** Makes the call, which is refused. Returns the approval's secret, and `finish`, which repeats the call and returns what the page says. */
export async function begin() {
  const { session } = await (await fetch("/api/demo/customer", { method: "POST" })).json();
  const statement = (more) => fetch("/api/statement?from=2026-07-01&to=2026-09-30", { headers: { "x-demo-session": session, ...more } });
  const { approval } = await (await statement()).json();
  const finish = async ({ outcome, reason }) => {
    const answer = await statement({ "x-sca-approval": approval.id });
    return `${reason ?? outcome}, and the statement answers ${answer.status}`;
  };
  return { clientSecret: approval.clientSecret, finish };
}
