// What a partner writes without a framework. Compiled, and never run.

import { ScaError, mount, type ScaResult } from "sca-widget";
import "sca-widget/define";
import "sca-widget/enrolment";
import "sca-widget/inline";
import "sca-widget/inline/ar";
import { ScaApprovalError, createScaFetch } from "sca-widget/fetch";
import { createMockBank, type MockBankOptions } from "sca-widget/mock";
import { englishPhrases, setEnrolmentPhrases, setPhrases } from "sca-widget/phrases";
import { fillCodes } from "sca-widget/web-otp";

declare const locale: string | undefined;
declare const signal: AbortSignal | undefined;
declare const clientSecret: string;

const widget = document.createElement("sca-widget");
widget.clientSecret = clientSecret;
widget.wasmUrl = new URL("https://shop.example/sca_widget_bg.wasm");
void fillCodes(widget);
const result: Promise<ScaResult> = mount("#approval", { clientSecret, baseUrl: "/sca" }).result;
void result;
setPhrases("sr", { ...englishPhrases, direction: "ltr" });
setEnrolmentPhrases("de", {});
// @ts-expect-error A phrase is a text.
setPhrases("de", { cancel: 1 });

const script: MockBankOptions = { challenges: ["pin", ["sms", "voice"]], faults: [{ on: "verify", fault: "answer-lost", times: 1 }], phone: { answer: "none" } };
const bank = createMockBank(script);
bank.install();
mount("#approval", { clientSecret: bank.approval.clientSecret, baseUrl: bank.baseUrl, faceCapture: bank.faceCapture });
// @ts-expect-error No such factor.
createMockBank({ challenges: ["password"] });

export const scaFetch: typeof fetch = createScaFetch({ baseUrl: "/sca" });
createScaFetch({
  baseUrl: "/sca",
  target: () => document.querySelector("#approval"),
  locale,
  signal,
  preload: true,
  approvalHeader: null,
  approvalOf: async (response) => {
    const { secret } = (await response.json()) as { secret?: string };
    return secret === undefined ? null : { clientSecret: secret, locale };
  },
  fetch: (request) => fetch(request),
});

// @ts-expect-error An address of the backend is required.
createScaFetch({});
// @ts-expect-error The secret comes with an answer, never with the options.
createScaFetch({ baseUrl: "/sca", clientSecret });

try {
  await scaFetch("/api/pay", { method: "POST" });
} catch (error) {
  if (error instanceof ScaApprovalError) {
    const { approvalId }: { approvalId: string | null } = error;
    // @ts-expect-error An approved call is no error.
    if (error.outcome === "approved") throw error;
    if (error.outcome === "declined" && error.cause instanceof ScaError) console.log(approvalId, error.reason, error.cause.code);
  }
}
