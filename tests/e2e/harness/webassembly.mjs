/** Runs in a page before its scripts, which then find no WebAssembly, as in some lockdown modes. */
export const noWebAssembly = () => void delete globalThis.WebAssembly;
