/** The widget's phrases in English, by name. A value such as `{amount}` has to stay in a phrase; the forms of a plural are separated by ` | `. */
export const englishPhrases: Readonly<Record<string, string>>;

/** What `<sca-enrolment>` says besides, in English, by name. */
export const englishEnrolmentPhrases: Readonly<Record<string, string>>;

/**
 * Has the widget say phrases as your page words them. Call it before the widget is shown in that language.
 *
 * Of a language that the widget has, name the phrases that differ: their plural forms are those of the language's other phrases. A language that it
 * does not have needs all of them: those of {@link englishPhrases}, with its own `direction` (`ltr` or `rtl`) and `plurals` (the categories of Unicode
 * CLDR, "other" last), and `fallback.blocked`, `fallback.failed`, `fallback.crashed`, `fallback.misused`, `fallback.retry`, which are shown if the module
 * cannot run.
 *
 * Not in isolated mode, whose frame takes no text from the page.
 *
 * @param language The language's name without a region, such as `de`.
 * @throws TypeError with every phrase that is missing, unknown, or without one of its values.
 */
export function setPhrases(language: string, phrases: Readonly<Record<string, string>>): void;

/** The same for {@link englishEnrolmentPhrases}. `<sca-enrolment>` needs both in one language, or is in English. */
export function setEnrolmentPhrases(language: string, phrases: Readonly<Record<string, string>>): void;
