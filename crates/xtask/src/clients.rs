//! Clients of the OpenAPI document: `tests/clients/` generates them, compiles them, and makes every call with each.

use anyhow::Result;

use crate::native;
use crate::setup;
use crate::steps::{self, Step};
use crate::suite;
use crate::workspace::Workspace;

/// Installs the generators, compiles the backend and the sandbox, and runs the tests.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let plan = setup::for_building().then([
        Step::essential("set up: generators of clients", setup::client_generators),
        native::backend_and_sandbox(),
        Step::check("test: generated clients make every call (tests/clients)", |workspace| {
            let mut command = workspace.node("tests/clients/clients.test.mjs");
            command.env("SCA_PROGRAMS", workspace.target.join("debug"));
            command.env("SCA_CLIENTS", setup::client_folder(workspace)?);
            suite::run(workspace, command)
        }),
    ]);
    steps::run(workspace, plan)
}
