declare const process: { env: { SCA_ADDRESS: string } };

/** Makes a call for the client of orval. */
export async function call<T>(path: string, options: RequestInit): Promise<T> {
  const answer = await fetch(new URL(path, process.env.SCA_ADDRESS), options);
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("json");
  return { data: isJson ? JSON.parse(text) : text, status: answer.status, headers: answer.headers } as T;
}
