import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { ScaWidgetAttributes, ScaWidgetElement } from "./define.js";
import type { ScaEnrolmentElement, ScaEnrolmentEventMap } from "./enrolment/index.js";
import type { ScaEventMap, ScaOptions } from "./index.js";

/** The props of `<sca-widget>` in React 19: attributes, properties, and listeners named after the events. */
export interface ScaWidgetProps
  extends ScaWidgetAttributes,
    Omit<DetailedHTMLProps<HTMLAttributes<ScaWidgetElement>, ScaWidgetElement>, keyof ScaWidgetAttributes>,
    Partial<Pick<ScaOptions, "clientSecret" | "baseUrl" | "frameOrigins" | "faceLink" | "faceCapture">> {
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
}

/** The props of `<sca-enrolment>` in React 19. The element is registered by `sca-widget/enrolment`. */
export interface ScaEnrolmentProps
  extends ScaEnrolmentAttributes,
    Omit<DetailedHTMLProps<HTMLAttributes<ScaEnrolmentElement>, ScaEnrolmentElement>, keyof ScaEnrolmentAttributes>,
    Partial<Pick<ScaOptions, "clientSecret" | "baseUrl" | "faceCapture">> {
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
