import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { ScaWidgetAttributes, ScaWidgetElement } from "./define.js";
import type { ScaEventMap, ScaOptions } from "./index.js";

/** What React 19 hands to `<sca-widget>`: attributes, properties, and listeners under the events' own names. */
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
