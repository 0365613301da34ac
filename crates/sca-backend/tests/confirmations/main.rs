//! Plays the files of `tests/scenarios/confirmations`: the widget's flow, a backend and the sandbox's Weavr, by HTTP. A browser
//! plays the same files with the widget itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod play;
mod story;
#[path = "../support/mod.rs"]
mod support;
mod tab;
mod told;

use std::{fs, path::PathBuf};

/// One test for each story; a file that is not listed is a failure.
macro_rules! stories {
    ($($name:ident)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                play::play(&read(stringify!($name))).await;
            }
        )+

        const LISTED: &[&str] = &[$(stringify!($name)),+];
    };
}

stories! {
    a_code_after_switching_from_the_phone
    a_code_after_the_limit
    a_state_that_nobody_knows
    amounts_and_ids_written_differently
    another_code_under_the_same_name
    approved_on_the_phone_after_switching_to_a_code
    approved_on_the_phone_after_the_session_ended
    approved_on_the_phone_and_then_rejected
    asked_again_too_early
    back_to_the_request_on_the_phone
    carried_out_before
    confirmed_by_another_user
    idle_for_too_long
    locked
    no_more_codes
    no_way_set_up
    nobody_answers_on_the_phone
    nobody_answers_on_the_phone_and_it_is_asked_again
    one_way_set_up
    out_of_service
    out_of_service_for_the_phone
    payment_of_another_customer
    rejected_on_the_phone
    rejected_on_the_phone_and_then_approved
    reloaded_while_a_code_is_asked_for
    reloaded_while_the_phone_is_waited_for
    right_at_the_last_try
    session_ended
    several_sends_by_code
    several_wires_on_the_phone
    single_send_by_fingerprint
    single_wire_by_code
    small_send_goes_straight_through
    small_sends_go_straight_through
    small_wire_goes_straight_through
    small_wires_go_straight_through
    spelled_as_in_the_prose
    stopped_while_the_phone_is_waited_for
    the_code_is_too_old
    the_event_before_the_answer
    the_event_comes_three_times
    the_event_is_lost
    the_old_code_after_another_was_sent
    the_rejection_is_lost
    too_many_calls
    too_many_calls_at_the_code
    two_tabs
    two_tabs_and_two_ways
    unknown_payment
    wires_and_sends_mixed
    wrong_to_the_limit
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios/confirmations")
}

fn read(name: &str) -> story::Story {
    let path = folder().join(format!("{}.json", name.replace('_', "-")));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_story_is_told_here() {
    let mut files: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|file| file.strip_suffix(".json").unwrap().replace('-', "_"))
        .collect();
    let mut listed = LISTED.to_vec();
    files.sort();
    listed.sort_unstable();
    assert_eq!(files, listed);
}
