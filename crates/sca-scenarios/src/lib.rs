//! The language of `tests/scenarios`, which `tests/scenarios/README.md` explains on one page.
//!
//! - [`flow`]: scenarios of the flow machine alone, events in and effects and screens out;
//! - [`confirmation`]: scenarios of payments that a customer confirms, played through the flow, a backend and the simulated
//!   the sandbox by the backend's tests, and in a browser by `tests/e2e/harness/story.mjs`;
//! - [`contract`]: the names of the API contract that both kinds use;
//! - [`machine`]: the one place where a word of the language meets a type of the flow machine;
//! - [`schema`]: the JSON Schemas of both kinds.
//!
//! A name of the contract is spelled as there (`too-many-attempts`), a word of the language itself in camel case
//! (`expectScreen`). Times end in `Ms` or `Seconds`.

pub mod confirmation;
pub mod contract;
pub mod flow;
pub mod machine;
pub mod schema;
