import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { ScaWidgetAttributes, ScaWidgetElement } from "./define.js";
import type { ScaEventMap, ScaOptions } from "./index.js";

/** The props of `<sca-widget>` in React 19: attributes, properties, and listeners named after the events. */
export interface ScaWidgetProps
  extends ScaWidgetAttributes,
    Omit<DetailedHTMLProps<HTMLAttributes<ScaWidgetElement>, ScaWidgetElement>, keyof ScaWidgetAttributes>,
    Partial<Pick<ScaOptions, "clientSecret" | "baseUrl" | "frameOrigins" | "faceLink">> {
  "onsca-ready"?: (event: ScaEventMap["sca-ready"]) => void;
  "onsca-result"?: (event: ScaEventMap["sca-result"]) => void;
  "onsca-error"?: (event: ScaEventMap["sca-error"]) => void;
}

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "sca-widget": ScaWidgetProps;
    }
  }
}
