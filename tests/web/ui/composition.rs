//! Input methods: composed digits count once, in every order of events that engines have.
//!
//! The orders of events were recorded from real compositions in Chromium 156, Firefox 153 and WebKitGTK 2.50; `tests/e2e` plays
//! real ones. The tests change the value as an engine does: the text being composed replaces what was composed before. An engine
//! whose field was changed meanwhile loses track of that text and inserts it again.

use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::InputEventInit;

use super::stage::{Stage, Wish, code, pin, submitting};

#[derive(Clone, Copy, Debug)]
enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

const ENGINES: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

/// The digits 1 to 6 of each script.
const SCRIPTS: [[&str; 6]; 3] = [
    ["1", "2", "3", "4", "5", "6"],
    ["１", "２", "３", "４", "５", "６"],
    ["١", "٢", "٣", "٤", "٥", "٦"],
];

/// Digits of "123456".
fn digits(start: usize, end: usize) -> &'static str {
    "123456".get(start..end).unwrap()
}

/// A composition in progress.
struct Composition<'stage> {
    stage: &'stage Stage,
    engine: Engine,
    /// The position and the length of the composed text.
    place: Option<(usize, usize)>,
    /// The text that the engine has left in the field.
    left: String,
}

impl<'stage> Composition<'stage> {
    fn begin(stage: &'stage Stage, engine: Engine) -> Self {
        stage.tell("compositionstart");
        Self {
            stage,
            engine,
            place: None,
            left: stage.field().value(),
        }
    }

    fn change(&mut self, kind: &str, text: &str, cancelable: bool) {
        if self.event("beforeinput", kind, Some(text), cancelable, true) {
            self.put(text);
            self.event("input", kind, Some(text), false, true);
        }
    }

    fn compose(&mut self, text: &str) {
        self.change("insertCompositionText", text, false);
    }

    /// Ends with a text.
    fn end(mut self, text: &str) {
        match self.engine {
            Engine::Chromium => {
                self.compose(text);
                self.stage.tell("compositionend");
            }
            Engine::Firefox => {
                self.compose(text);
                self.stage.tell("compositionend");
                self.event("input", "insertCompositionText", Some(text), false, false);
            }
            Engine::WebKit => {
                self.change("deleteCompositionText", "", false);
                self.stage.tell("compositionend");
                self.change("insertFromComposition", text, true);
                self.stage.tell("compositionend");
            }
        }
    }

    fn put(&mut self, text: &str) {
        let field = self.stage.field();
        let value: Vec<char> = field.value().chars().collect();
        let caret = |place: Option<u32>| usize::try_from(place.unwrap()).unwrap();
        let (start, length) = self.place.filter(|_| field.value() == self.left).unwrap_or_else(|| {
            let start = caret(field.selection_start().unwrap());
            (start, caret(field.selection_end().unwrap()) - start)
        });
        let composed: Vec<char> = text.chars().collect();
        let parts = [&value[..start], &composed, &value[start + length..]];
        self.left = parts.concat().into_iter().collect();
        self.place = Some((start, composed.len()));
        field.set_value(&self.left);
        let end = u32::try_from(start + composed.len()).unwrap();
        field.set_selection_range(end, end).unwrap();
    }

    fn event(&self, name: &str, kind: &str, data: Option<&str>, cancelable: bool, is_composing: bool) -> bool {
        let init = InputEventInit::new();
        init.set_bubbles(true);
        init.set_cancelable(cancelable);
        init.set_input_type(kind);
        init.set_data(data);
        init.set_is_composing(is_composing);
        self.stage.dispatch(name, &init)
    }
}

/// Composes texts in turn, and commits the last of them.
fn compose(stage: &Stage, engine: Engine, texts: &[&str]) {
    let mut composition = Composition::begin(stage, engine);
    for text in texts {
        composition.compose(text);
    }
    composition.end(texts.last().unwrap());
}

#[wasm_bindgen_test]
async fn digits_composed_one_by_one_count_once() {
    for engine in ENGINES {
        for script in SCRIPTS {
            let stage = Stage::new(pin()).await;
            for digit in &script[..4] {
                compose(&stage, engine, &[digit]);
                stage.settle().await;
            }
            assert_eq!(stage.field().value(), "••••", "{engine:?} {script:?}");
            stage.submit();
            assert_eq!(stage.wishes(), [Wish::Pin("1234".into())], "{engine:?} {script:?}");

            let stage = Stage::new(code()).await;
            for digit in script {
                compose(&stage, engine, &[digit]);
                stage.settle().await;
            }
            assert_eq!(stage.field().value(), "123456", "{engine:?} {script:?}");
            stage.submit();
            assert_eq!(stage.wishes(), [Wish::Code("123456".into())], "{engine:?} {script:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn digits_composed_together_count_once_and_are_painted_during_the_composition() {
    for engine in ENGINES {
        for script in SCRIPTS {
            for (screen, length) in [(pin(), 4), (code(), 6)] {
                let stage = Stage::new(screen).await;
                let mut composition = Composition::begin(&stage, engine);
                for count in 1..=length {
                    let text = script[..count].concat();
                    composition.compose(&text);
                    stage.settle().await;
                    let painted = stage.slots();
                    assert_eq!(
                        painted.trim_end().chars().count(),
                        count,
                        "{engine:?} {script:?} {painted}"
                    );
                    assert_eq!(stage.field().value(), text, "the input method has the field to itself");
                }
                composition.end(&script[..length].concat());
                stage.settle().await;
                stage.submit();
                let expected = digits(0, length);
                let wish = if length == 4 { Wish::Pin } else { Wish::Code };
                assert_eq!(stage.wishes(), [wish(expected.into())], "{engine:?} {script:?}");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn composed_and_typed_digits_can_be_mixed() {
    for engine in ENGINES {
        for screen in [pin(), code()] {
            let stage = Stage::new(screen).await;
            let places = stage.slots().chars().count();
            stage.keys("98");
            compose(&stage, engine, &["７", "７６", "７"]);
            stage.keys(digits(0, places - 3));
            stage.settle().await;
            stage.submit();
            let expected = ["987", digits(0, places - 3)].concat();
            let wish = if places == 4 { Wish::Pin } else { Wish::Code };
            assert_eq!(stage.wishes(), [wish(expected)], "{engine:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_composition_replaces_the_selection() {
    for engine in ENGINES {
        for (screen, wish) in [(pin(), Wish::Pin as fn(String) -> Wish), (code(), Wish::Code)] {
            let stage = Stage::new(screen).await;
            let places = stage.slots().chars().count();
            stage.keys(digits(0, places));
            // All digits but the first and the last.
            let end = u32::try_from(places).unwrap() - 1;
            stage.field().set_selection_range(1, end).unwrap();
            let between = "٩".repeat(places - 2);
            compose(&stage, engine, &["٩", &between]);
            stage.submit();
            let expected = ["1", &"9".repeat(places - 2), digits(places - 1, places)].concat();
            assert_eq!(stage.wishes(), [wish(expected)], "{engine:?}");

            stage.keys(digits(0, places));
            stage.field().select();
            compose(&stage, engine, &["8"]);
            stage.settle().await;
            assert_eq!(stage.slots().trim_end().chars().count(), 1, "{engine:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_cancelled_composition_changes_nothing() {
    for engine in ENGINES {
        let stage = Stage::new(pin()).await;
        stage.keys("73");
        compose(&stage, engine, &["1", "12", ""]);
        assert_eq!(stage.field().value(), "••", "{engine:?}");
        stage.keys("91");
        stage.submit();
        assert_eq!(stage.wishes(), [Wish::Pin("7391".into())], "{engine:?}");
    }
}

/// A code point entered by its number: the digits of that number are not digits of the PIN.
#[wasm_bindgen_test]
async fn an_unfinished_composition_shows_no_hint() {
    for engine in ENGINES {
        let stage = Stage::new(pin()).await;
        stage.keys("73");
        let mut composition = Composition::begin(&stage, engine);
        for text in ["u", "u0", "u00", "u003", "u0039"] {
            composition.compose(text);
            stage.settle().await;
            assert_eq!(stage.notice(), "", "{engine:?} {text}");
            assert_eq!(stage.slots(), "••  ", "{engine:?} {text}");
        }
        composition.end("9");
        stage.keys("1");
        stage.submit();
        assert_eq!(stage.wishes(), [Wish::Pin("7391".into())], "{engine:?}");
    }
}

#[wasm_bindgen_test]
async fn a_composed_text_without_digits_shows_a_hint_at_its_end() {
    for engine in ENGINES {
        for screen in [pin(), code()] {
            let stage = Stage::new(screen).await;
            stage.keys("73");
            let shown = stage.field().value();
            compose(&stage, engine, &["い", "いち"]);
            stage.settle().await;
            assert_eq!(stage.notice(), "Please use digits only.", "{engine:?}");
            assert_eq!(stage.field().value(), shown, "{engine:?}");
        }
    }
}

/// By Return, if the engine passes it on to the form, or by a script.
#[wasm_bindgen_test]
async fn nothing_is_submitted_during_a_composition() {
    for engine in ENGINES {
        for text in ["12", "1234", "u0031"] {
            let stage = Stage::new(pin()).await;
            let mut composition = Composition::begin(&stage, engine);
            composition.compose(text);
            // In Chromium, Return fires a change event.
            stage.tell("change");
            stage.submit();
            stage.settle().await;
            assert_eq!(stage.wishes(), [], "{engine:?}");
            assert_eq!(stage.notice(), "", "{engine:?}");
            assert_eq!(stage.field().value(), text, "the input method goes on, {engine:?}");
            composition.end("1234");
            assert_eq!(stage.wishes(), [], "{engine:?}");
            stage.submit();
            stage.submit();
            assert_eq!(stage.wishes(), [Wish::Pin("1234".into())], "{engine:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_composition_during_a_submission_is_dropped() {
    for engine in ENGINES {
        let stage = Stage::new(pin()).await;
        stage.keys("7391");
        stage.submit();
        assert_eq!(stage.wishes(), [Wish::Pin("7391".into())]);
        stage.show(submitting(pin())).await;
        compose(&stage, engine, &["1", "1234"]);
        stage.settle().await;
        assert_eq!(stage.field().value(), "", "{engine:?}");
        stage.show(pin()).await;
        stage.submit();
        assert_eq!(stage.wishes(), [], "{engine:?}");
    }
}

#[wasm_bindgen_test]
async fn a_composition_without_an_end_event_ends_with_the_focus() {
    for engine in ENGINES {
        let stage = Stage::new(pin()).await;
        let mut composition = Composition::begin(&stage, engine);
        composition.compose("1");
        composition.compose("12");
        stage.tell("blur");
        assert_eq!(stage.field().value(), "••", "{engine:?}");
        stage.keys("34");
        stage.submit();
        assert_eq!(stage.wishes(), [Wish::Pin("1234".into())], "{engine:?}");
    }
}

#[wasm_bindgen_test]
async fn a_field_that_is_removed_during_a_composition_is_emptied() {
    for engine in ENGINES {
        let mut stage = Stage::new(pin()).await;
        let field = stage.field();
        let mut composition = Composition::begin(&stage, engine);
        composition.compose("123");
        drop(composition);
        stage.unmount();
        stage.settle().await;
        assert_eq!(field.value(), "", "{engine:?}");
    }
}

/// A sequence of pseudo-random numbers, the same each time.
struct Draws(u32);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(self.0 >> 16).unwrap() % bound
    }

    fn digits(&mut self, most: usize) -> String {
        let count = 1 + self.below(most);
        (0..count).map(|_| self.digit()).collect()
    }

    fn digit(&mut self) -> char {
        let zero = ['0', '٠', '０'][self.below(3)];
        char::from_u32(u32::from(zero) + u32::try_from(self.below(10)).unwrap()).unwrap()
    }
}

fn ascii(text: &str) -> String {
    let digits = text.chars().filter_map(sca_protocol::entry::digit_of);
    digits.map(|digit| char::from(b'0' + digit)).collect()
}

/// After any sequence of changes to a field each digit counts once, the places show their number, and the submitted digits are those
/// that the test recorded.
#[wasm_bindgen_test]
async fn in_any_order_of_events_each_digit_counts_once() {
    for run in 0..60 {
        let mut draws = Draws(run);
        let masked = run % 2 == 0;
        let places = if masked { 4 } else { 6 };
        let stage = Stage::new(if masked { pin() } else { code() }).await;
        let mut noted = String::new();
        let mut steps = Vec::new();
        for _ in 0..12 {
            match draws.below(9) {
                0 => {
                    let key = draws.digit();
                    steps.push(format!("key {key}"));
                    stage.keys(&key.to_string());
                    if noted.len() < places {
                        noted += &ascii(&key.to_string());
                    }
                }
                1 => {
                    let text = draws.digits(places);
                    steps.push(format!("paste {text}"));
                    stage.paste(&text);
                    if text.chars().count() == places {
                        noted = ascii(&text);
                    } else if noted.len() + text.chars().count() <= places {
                        noted += &ascii(&text);
                    }
                }
                2 => {
                    steps.push("backspace".to_owned());
                    stage.delete("deleteContentBackward");
                    noted.pop();
                }
                3 => {
                    let text = draws.digits(places);
                    steps.push(format!("fill {text}"));
                    stage.fill(&text);
                    noted = ascii(&text);
                }
                4 => {
                    let text = draws.digits(places);
                    let then = ["change", "blur"][draws.below(2)];
                    steps.push(format!("fill {text}, then {then}"));
                    stage.fill_silently(&text);
                    stage.tell(then);
                    noted = ascii(&text);
                }
                5 => {
                    steps.push("emptied".to_owned());
                    stage.fill_silently("");
                    stage.tell("change");
                    noted.clear();
                }
                _ => {
                    let engine = ENGINES[draws.below(3)];
                    let length = noted.len();
                    let start = draws.below(length + 1);
                    let end = start + draws.below(length - start + 1);
                    let range = |place| u32::try_from(place).unwrap();
                    stage.field().set_selection_range(range(start), range(end)).unwrap();
                    let texts: Vec<String> = (0..=draws.below(3)).map(|_| draws.digits(3)).collect();
                    steps.push(format!("{engine:?} composes {texts:?} over {start}..{end}"));
                    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                    compose(&stage, engine, &texts);
                    let (before, after): (String, String) =
                        (noted.chars().take(start).collect(), noted.chars().skip(end).collect());
                    // WebKit removes the composed text before it inserts the final text.
                    let taken = matches!(engine, Engine::WebKit).then_some("");
                    for text in texts.iter().copied().chain(taken).chain(texts.last().copied()) {
                        let whole = [before.as_str(), &ascii(text), &after].concat();
                        if whole.len() <= places {
                            noted = whole;
                        }
                    }
                }
            }
            stage.settle().await;
            let shown = if masked {
                "•".repeat(noted.len())
            } else {
                noted.clone()
            };
            assert_eq!(stage.field().value(), shown, "{steps:#?}");
            assert_eq!(stage.slots().trim_end(), shown, "{steps:#?}");
        }
        stage.submit();
        let whole = (noted.len() == places).then_some(noted);
        let wish = if masked { Wish::Pin } else { Wish::Code };
        assert_eq!(stage.wishes(), Vec::from_iter(whole.map(wish)), "{steps:#?}");
    }
}
