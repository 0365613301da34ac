//! Asks whether to have the face scanned.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::enrolment_flow::Event;

use super::{
    context::{EnrolmentUi, id},
    shell::{back, change_readiness, label, wait},
};
use crate::enrolment::text::PHRASES;
use crate::ui::parts::{
    button::{Press, Weight, button},
    paragraph::paragraph,
};

pub(super) fn new_face(ui: EnrolmentUi) -> Vec<AnyView> {
    let label = label(ui, PHRASES.scan_face);
    let scan = button(
        Weight::Primary,
        label,
        Some(&id("wait")),
        change_readiness(ui),
        Press::Do(Arc::new(move || ui.send(Event::ScanWanted))),
    );
    vec![
        paragraph("sca-text", ui.phrase(PHRASES.new_face_text)),
        paragraph("sca-text", ui.phrase(PHRASES.new_face_privacy)),
        scan,
        wait(ui),
        back(ui),
    ]
}
