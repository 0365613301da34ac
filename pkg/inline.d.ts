/**
 * Imported for its effect alone, before the widget is shown: the module and English (`sca-widget/inline`), the module that can show frames
 * (`sca-widget/inline/hosted`), the one for enrolments and its English (`sca-widget/inline/enrolment`), and the languages, such as
 * `sca-widget/inline/ar` and `sca-widget/inline/enrolment-ar`. What is imported is not fetched, and `wasmUrl` does not apply to it.
 */
export {};
