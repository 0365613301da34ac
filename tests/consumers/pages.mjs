// The pages that several projects have in common.

/** A page with a script. A framework draws the result itself. */
export const html = (script, { head = "", hasResult = true } = {}) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>A stranger's project</title>
    ${head}
    ${script}
  </head>
  <body>
    <main>
      <h1>A stranger's project</h1>
      <div id="app"></div>
${hasResult ? '      <p id="result" role="status"></p>\n' : ""}    </main>
  </body>
</html>
`;

/**
 * A page's script without a framework: English by `mount()`, any other language by the element. `imports` come first, and `options` are those
 * of the package.
 */
export const script = (imports = "", options = {}) => `${imports}
import { mount } from "sca-widget";
import "sca-widget/define";
import { begin, locale } from "./shop.js";

const options = ${JSON.stringify({ baseUrl: "/sca", ...options })};

async function approve() {
  const place = document.getElementById("app");
  const { clientSecret, finish } = await begin();
  const end = async (result) => (document.getElementById("result").textContent = await finish(result));
  document.addEventListener("sca-error", ({ detail }) => (document.getElementById("result").textContent = detail.code));
  if (locale() === "en") return mount(place, { ...options, clientSecret, locale: locale() }).result.then(end);
  const widget = document.createElement("sca-widget");
  Object.assign(widget, options, { clientSecret, locale: locale() });
  widget.addEventListener("sca-result", ({ detail }) => end(detail));
  place.append(widget);
}

approve();
`;

/** A page's script with React. */
export const reactComponent = `
import { useEffect, useState } from "react";
import { ScaApproval } from "sca-widget/react";
import { begin, locale } from "./shop.js";

export default function Checkout() {
  const [call, setCall] = useState(null);
  const [text, setText] = useState("");
  useEffect(() => {
    let isCurrent = true;
    begin().then((call) => isCurrent && setCall(call));
    return () => void (isCurrent = false);
  }, []);
  return (
    <>
      {call && (
        <ScaApproval
          clientSecret={call.clientSecret}
          baseUrl="/sca"
          locale={locale()}
          onResult={async (result) => setText(await call.finish(result))}
          onError={(error) => setText(error.code)}
        />
      )}
      <p id="result" role="status">{text}</p>
    </>
  );
}
`;

/** What a project imports instead of files that its tool does not emit. */
export const inline = 'import "sca-widget/inline";\nimport "sca-widget/inline/ar";';
