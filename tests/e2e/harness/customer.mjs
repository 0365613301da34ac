// A customer of the simulated provider, whom no other test knows, and what happens to him there.

const json = { "content-type": "application/json" };

/** Makes one who is signed in at a partner. `wishes` is what the sandbox's control API takes for a new customer. */
export async function newCustomer(wishes = {}) {
  const { session, customer } = await ask(`${process.env.SCA_CHECKOUT}/api/demo/customer`, "POST", wishes);
  const control = (path, method = "GET", body) => ask(`${process.env.SCA_SANDBOX}/control${path}`, method, body);
  const { userId } = customer;
  return {
    session,
    ...customer,
    /** Signs the page in as this customer, instead of as a new one. */
    signIn: async ({ outgoing }) => {
      outgoing.writeHead(201, json);
      outgoing.end(JSON.stringify({ session }));
    },
    /** What became of the customer. */
    now: () => control(`/customers/${userId}`),
    /** Changes how the provider behaves to this customer. */
    behave: (behaviour) => control(`/customers/${userId}/behaviour`, "PUT", behaviour),
    /** The provider's next call of one kind goes wrong; `script` may say `times` and `when`. */
    fault: (endpoint, fault, script = {}) => control("/faults", "POST", { endpoint, userId, fault, ...script }),
    /** Nothing more goes wrong. */
    forgetFaults: () => control(`/faults?userId=${userId}`, "DELETE"),
    /** Time passes for this customer at the provider. */
    advance: (seconds) => control("/clock/advance", "POST", { seconds, userId }),
    /** The calls that reached the provider for this customer. */
    calls: () => control(`/log?userId=${userId}`),
  };
}

async function ask(url, method, body) {
  const answer = await fetch(url, { method, headers: json, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
