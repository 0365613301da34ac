//! Selects the style sheet that is compiled into the widget: `src/ui/theme.css`, or the copy in `SCA_STYLESHEET` that
//! `cargo xtask build` minifies with esbuild.
#![allow(clippy::print_stdout, reason = "cargo reads the script's standard output")]

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
