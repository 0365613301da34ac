//! Names the style sheet that the widget carries: `src/ui/theme.css`, or the minified copy that `cargo xtask build` has
//! esbuild make and names in `SCA_STYLESHEET`.
#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

use std::{env, path::PathBuf};

const VARIABLE: &str = "SCA_STYLESHEET";

fn main() {
    let source = || PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("src/ui/theme.css");
    let style = env::var_os(VARIABLE).map_or_else(source, PathBuf::from);
    let style = style.display();
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    println!("cargo::rerun-if-changed={style}");
    println!("cargo::rustc-env={VARIABLE}={style}");
}
