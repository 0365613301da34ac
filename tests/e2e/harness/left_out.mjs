// What an engine, or what drives it, cannot do, test by test. Each is printed as skipped, with its reason.

const leftOut = {
  chromium: [],
  firefox: [],
  webkit: [],
};

/** Why a test is left out in an engine; false when it is not. */
export function whyLeftOut(engine, test) {
  const row = leftOut[engine].find(([tests]) => (tests instanceof RegExp ? tests.test(test) : tests === test));
  return row ? `in ${engine}: ${row[1]}` : false;
}
