//! Plays the files of `tests/scenarios/flow`, each as a test of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;

use sca_protocol::{PageFactors, face::default_frame_origins, flow::Flow};
use sca_scenarios::{
    flow::{Effect, FlowScenario},
    machine::{Clocks, ignored, payments},
};

const CLOCKS: Clocks = Clocks {
    opened_at_ms: 1_000_000,
    server_behind_ms: 360_000,
};

fn flow(_: &Path, text: String) -> datatest_stable::Result<()> {
    let scenario: FlowScenario = serde_json::from_str(&text)?;
    let mut flow = Flow::new("apr_1".into(), default_frame_origins()).with_face_capture(PageFactors::HERE);
    let mut at_ms = 0;
    for (number, step) in (1..).zip(&scenario.steps) {
        at_ms = step.at_ms.unwrap_or(at_ms);
        let place = format!("step {number}, {:?}", step.event);
        let before = flow.clone();
        match flow.handle(CLOCKS.event(&step.event, at_ms)?, CLOCKS.browser(at_ms)) {
            Ok(effects) => {
                assert_eq!(step.expect_ignored, None, "{place}: it was not ignored");
                let effects: Vec<Effect> = effects.iter().map(|effect| CLOCKS.effect(effect)).collect();
                assert_eq!(effects, step.expect_effects, "{place}");
            }
            Err(why) => {
                assert_eq!(Some(ignored(why)), step.expect_ignored, "{place}");
                assert_eq!(step.expect_effects, [], "{place}: an ignored event has no effects");
                assert_eq!(flow, before, "{place}: an ignored event changed the flow");
            }
        }
        if let Some(expected) = &step.expect_payments {
            assert_eq!(payments(&flow.screen()).as_ref(), Some(expected), "{place}");
        }
        if let Some(expected) = &step.expect_screen {
            assert_eq!(CLOCKS.screen(&flow.screen()), *expected, "{place}");
        }
    }
    assert!(flow.is_settled(), "the last step does not settle the flow");
    Ok(())
}

datatest_stable::harness! {
    { test = flow, root = "../../tests/scenarios/flow", pattern = r"\.json$" },
}
