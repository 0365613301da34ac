// What a partner writes in React 18 and 19. Compiled, and never run.

import { useRef, useState } from "react";
import type { ScaWidgetElement } from "sca-widget/define";
import { ScaApprovalError } from "sca-widget/fetch";
import { ScaApproval, useScaFetch } from "sca-widget/react";

export function Pay({ locale, clientSecret }: { locale: string | undefined; clientSecret: string | null }) {
  const place = useRef<HTMLDivElement>(null);
  const widget = useRef<ScaWidgetElement>(null);
  const [text, setText] = useState("");
  const scaFetch = useScaFetch({ baseUrl: "/sca", locale, target: () => place.current, preload: true });
  const pay = async () => {
    try {
      const answer: Response = await scaFetch("/api/pay", { method: "POST", headers: { "idempotency-key": "1" } });
      setText(String(answer.status));
    } catch (error) {
      setText(error instanceof ScaApprovalError ? error.outcome : "failed");
    }
  };
  return (
    <>
      <button onClick={() => void pay()}>{text}</button>
      <div ref={place} />
      <ScaApproval
        ref={widget}
        clientSecret={clientSecret}
        baseUrl="/sca"
        locale={locale}
        className="approval"
        wasmUrl={new URL("https://shop.example/sca_widget_bg.wasm")}
        onResult={({ outcome, approvalId }) => setText(`${outcome} ${approvalId ?? ""}`)}
        onError={(error) => setText(error.code)}
      >
        <a slot="next" href="/">
          Back
        </a>
      </ScaApproval>
      {/* @ts-expect-error The address of the backend is required. */}
      <ScaApproval clientSecret={clientSecret} />
    </>
  );
}
