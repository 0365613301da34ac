import { createElement, forwardRef, useCallback, useEffect, useImperativeHandle, useInsertionEffect, useRef } from "react";
import "./define.js";
import { createScaFetch } from "./fetch.js";
import { load } from "./index.js";

/** The properties that are attributes in the markup. The others are set in the browser alone, so a server renders no secret. */
const ATTRIBUTES = {
  id: "id",
  className: "class",
  style: "style",
  baseUrl: "base-url",
  locale: "locale",
  theme: "theme",
  arrival: "arrival",
  faceLink: "face-link",
  isolatedOrigin: "isolated-origin",
  wasmUrl: "wasm-url",
};

export const ScaApproval = forwardRef(function ScaApproval(given, ref) {
  const { clientSecret, frameOrigins, faceCapture, onReady, onResult, onError, children } = given;
  const element = useRef(null);
  const latest = useLatest({ onReady, onResult, onError });
  useImperativeHandle(ref, () => element.current, []);
  useEffect(() => {
    const widget = element.current;
    const listeners = {
      "sca-ready": () => latest.current.onReady?.(),
      "sca-result": ({ detail }) => latest.current.onResult?.(detail),
      "sca-error": ({ detail }) => latest.current.onError?.(detail),
    };
    for (const [kind, listener] of Object.entries(listeners)) widget.addEventListener(kind, listener);
    return () => {
      for (const [kind, listener] of Object.entries(listeners)) widget.removeEventListener(kind, listener);
    };
  }, []);
  useEffect(() => {
    element.current.faceCapture = faceCapture;
    element.current.clientSecret = clientSecret;
  }, [clientSecret, faceCapture]);

  const attributes = { ref: element, "frame-origins": frameOrigins?.join(" ") };
  for (const [name, attribute] of Object.entries(ATTRIBUTES)) attributes[attribute] = given[name] ?? undefined;
  return createElement("sca-widget", attributes, children);
});

export function useScaFetch(options) {
  const latest = useLatest(options);
  const life = useRef(null);
  useEffect(() => {
    // Effects run twice in StrictMode. The effect of a child, which runs first, may have made a call.
    if (!life.current || life.current.signal.aborted) life.current = new AbortController();
    return () => life.current.abort();
  }, []);
  useEffect(() => {
    if (options.preload) load(latest.current).catch(() => {});
  }, [options.preload]);
  return useCallback((input, init) => {
    life.current ??= new AbortController();
    return createScaFetch({ ...latest.current, preload: false, signal: life.current.signal })(input, init);
  }, []);
}

/** A reference to what the last rendering that is shown was given. */
function useLatest(value) {
  const latest = useRef(value);
  // Before all other effects, and unlike a layout effect without a warning on a server.
  useInsertionEffect(() => {
    latest.current = value;
  });
  return latest;
}
