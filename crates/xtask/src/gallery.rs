//! The gallery: every screen in every state, from canned data. `trunk serve` builds the same page from the same
//! `index.html`; this does it without trunk.

use std::path::Path;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::steps::{self, Finding, Step};
use crate::{setup, workspace::Workspace};

pub(crate) fn plan() -> Vec<Step> {
    vec![Step::check("gallery: build it into dist", build)]
}

/// Builds the gallery and serves it until it is stopped.
pub(crate) fn serve(workspace: &Workspace) -> Result<()> {
    steps::run(workspace, [setup::for_building(), plan()].concat())?;
    let arguments = ["preview", "--outDir=dist", "--host=127.0.0.1"];
    let status = workspace
        .npm_tool("vite")
        .args(arguments)
        .status()
        .context("cannot start vite")?;
    if status.success() {
        Ok(())
    } else {
        bail!("vite ended with {status}")
    }
}

fn build(workspace: &Workspace) -> Result<Finding> {
    let target = "--target=wasm32-unknown-unknown";
    workspace.run(&mut workspace.cargo([
        "build",
        "--package=sca-widget",
        "--example=gallery",
        "--features=gallery",
        target,
    ]))?;

    let dist = workspace.root.join("dist");
    Bindgen::new()
        .input_path(
            workspace
                .target
                .join("wasm32-unknown-unknown/debug/examples/gallery.wasm"),
        )
        .web(true)?
        .out_name("sca-widget")
        .typescript(false)
        .generate(&dist)
        .context("wasm-bindgen refuses the gallery")?;

    let page = workspace.root.join("index.html");
    let page = std::fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
    let (ours, trunks): (Vec<&str>, Vec<&str>) = page.lines().partition(|line| !line.contains("data-trunk"));
    for file in trunks
        .into_iter()
        .filter(|link| link.contains("copy-file"))
        .filter_map(linked_file)
    {
        let from = workspace.root.join(file);
        let name = Path::new(file)
            .file_name()
            .with_context(|| format!("`{file}` is not a file"))?;
        std::fs::copy(&from, dist.join(name)).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    std::fs::write(dist.join("index.html"), ours.join("\n") + "\n").context("cannot write dist/index.html")?;
    Ok(Finding::Done)
}

/// The `href` of a link.
fn linked_file(link: &str) -> Option<&str> {
    link.split_once("href=\"")?.1.split('"').next()
}
