import type { CSSProperties, DetailedHTMLProps, ForwardRefExoticComponent, HTMLAttributes, ReactNode, RefAttributes } from "react";
import type { ScaWidgetAttributes, ScaWidgetElement } from "./define.js";
import type { ScaEnrolmentElement, ScaEnrolmentEventMap } from "./enrolment/index.js";
import type { ScaFetchOptions } from "./fetch.js";
import type { ScaError, ScaEventMap, ScaOptions, ScaResult } from "./index.js";

type ComponentOptions = Omit<ScaOptions, "clientSecret" | "baseUrl">;

export interface ScaApprovalProps extends Readonly<{ [Name in keyof ComponentOptions]?: ComponentOptions[Name] | undefined }> {
  /**
   * As in {@link ScaOptions}. It is set in the browser and never rendered. Do not pass it from a server component: the page's markup would
   * contain it. Another secret starts another approval; one whose approval has ended on this page starts nothing.
   */
  readonly clientSecret: string | null | undefined;
  readonly baseUrl: string;
  readonly onReady?: (() => void) | undefined;
  /** The approval has ended. Not called when the component is unmounted: then the approval stays open. */
  readonly onResult?: ((result: ScaResult) => void) | undefined;
  readonly onError?: ((error: ScaError) => void) | undefined;
  readonly id?: string | undefined;
  readonly className?: string | undefined;
  readonly style?: CSSProperties | undefined;
  /** What is shown at the end, in elements with `slot="next"`. */
  readonly children?: ReactNode;
}

/**
 * Shows the widget for one approval, in React 18 and 19. The callbacks are those of the last rendering. The reference is the
 * `<sca-widget>`, with its `focus()`.
 */
export const ScaApproval: ForwardRefExoticComponent<ScaApprovalProps & RefAttributes<ScaWidgetElement>>;

/**
 * `createScaFetch` for a component, in React 18 and 19. The function stays the same in every rendering, and a call has the options of the last
 * one. When the component is unmounted, an approval that is shown is removed, and its call rejects with an `AbortError`; so does a later call
 * that needs an approval.
 */
export function useScaFetch(options: Omit<ScaFetchOptions, "signal">): (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/** The props of `<sca-widget>` in React 19: attributes, properties, and listeners named after the events. */
export interface ScaWidgetProps
  extends ScaWidgetAttributes,
    Omit<DetailedHTMLProps<HTMLAttributes<ScaWidgetElement>, ScaWidgetElement>, keyof ScaWidgetAttributes>,
    Partial<Pick<ScaOptions, "clientSecret" | "baseUrl" | "frameOrigins" | "faceLink" | "isolatedOrigin" | "faceCapture" | "wasmUrl">> {
  "onsca-ready"?: (event: ScaEventMap["sca-ready"]) => void;
  "onsca-result"?: (event: ScaEventMap["sca-result"]) => void;
  "onsca-error"?: (event: ScaEventMap["sca-error"]) => void;
}

/** The attributes of `<sca-enrolment>`. */
interface ScaEnrolmentAttributes {
  "client-secret"?: string;
  "base-url"?: string;
  locale?: string;
  theme?: ScaOptions["theme"];
  "wasm-url"?: string;
}

/** The props of `<sca-enrolment>` in React 19. The element is registered by `sca-widget/enrolment`. */
export interface ScaEnrolmentProps
  extends ScaEnrolmentAttributes,
    Omit<DetailedHTMLProps<HTMLAttributes<ScaEnrolmentElement>, ScaEnrolmentElement>, keyof ScaEnrolmentAttributes>,
    Partial<Pick<ScaOptions, "clientSecret" | "baseUrl" | "faceCapture" | "wasmUrl">> {
  "onsca-ready"?: (event: ScaEnrolmentEventMap["sca-ready"]) => void;
  "onsca-enrolment-result"?: (event: ScaEnrolmentEventMap["sca-enrolment-result"]) => void;
  "onsca-error"?: (event: ScaEnrolmentEventMap["sca-error"]) => void;
}

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "sca-widget": ScaWidgetProps;
      "sca-enrolment": ScaEnrolmentProps;
    }
  }
}
