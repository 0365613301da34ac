//! The language of `tests/scenarios`, which `tests/scenarios/README.md` explains on one page.
//!
//! - [`flow`]: scenarios of the flow machine alone, events in and effects and screens out;
//! - [`confirmation`]: scenarios of payments that a customer confirms. The backend's tests play them with the flow, a backend and the
//!   sandbox, and `tests/e2e/harness/story.mjs` in a browser;
//! - [`contract`]: the names of the API contract that both kinds use;
//! - [`machine`]: translates between the language and the types of the flow machine;
//! - [`schema`]: the JSON Schemas of both kinds.
//!
//! A name of the contract is spelled as there (`too-many-attempts`), a word of the language itself in camel case
//! (`expectScreen`). Times end in `Ms` or `Seconds`.

pub mod confirmation;
pub mod contract;
pub mod flow;
pub mod machine;
pub mod schema;
