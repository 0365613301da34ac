/** Runs in a page before its scripts: a browser that cannot construct style sheets, such as Safari before 16.4. */
export const noConstructedSheets = () => {
  window.CSSStyleSheet = class {
    constructor() {
      throw new TypeError("Illegal constructor");
    }
  };
};
