// A customer of the simulated provider, for one test alone.

const json = { "content-type": "application/json" };

/** Creates a customer who is signed in at a partner. `wishes`: the body of the sandbox's control API for a new customer. */
export async function newCustomer(wishes = {}) {
  const { session, customer } = await ask(`${process.env.SCA_CHECKOUT}/api/demo/customer`, "POST", wishes);
  const control = (path, method = "GET", body) => ask(`${process.env.SCA_SANDBOX}/control${path}`, method, body);
  const { userId } = customer;
  return {
    session,
    ...customer,
    /** Signs the page in as this customer instead of a new one. */
    signIn: async ({ outgoing }) => {
      outgoing.writeHead(201, json);
      outgoing.end(JSON.stringify({ session }));
    },
    /** The customer's state. */
    now: () => control(`/customers/${userId}`),
    /** Changes the provider's behaviour for this customer. */
    behave: (behaviour) => control(`/customers/${userId}/behaviour`, "PUT", behaviour),
    /** Scripts a fault of the provider's next call to an endpoint; `script` may have `times` and `when`. */
    fault: (endpoint, fault, script = {}) => control("/faults", "POST", { endpoint, userId, fault, ...script }),
    /** Removes all scripted faults. */
    forgetFaults: () => control(`/faults?userId=${userId}`, "DELETE"),
    /** Advances the provider's clock for this customer. */
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
