/**
 * Enters the code of a text message that the browser has read ([WebOTP](https://wicg.github.io/web-otp/)) into the field of a widget. Works where
 * the browser has `OTPCredential` (Chrome on Android) and the message ends with a line such as `@shop.example #123456`, in which the domain is
 * your page's; does nothing elsewhere. The browser asks the customer first, and the customer confirms the code in the widget.
 *
 * `element` is `<sca-widget>`, `<sca-enrolment>`, or the element that was passed to `mount`, after that call. Call it once for each. The function
 * that it returns stops it.
 *
 * @throws TypeError if there is no widget in the element.
 */
export function fillCodes(element: HTMLElement): () => void;
