//! The screens, as the customer sees and uses them: by role and label.

#[path = "../../../examples/gallery/canned.rs"]
mod canned;
mod stage;

mod calls;
mod choice;
mod composition;
mod deadlines;
mod digits;
mod face;
mod fillers;
mod focus;
mod language;
mod phone;
mod screens;
mod secrecy;
mod submission;
mod summary;
