//! Selects the style sheets that are compiled in: those of the source, or the copies that `cargo xtask build` minifies with esbuild.
#![allow(clippy::print_stdout, reason = "cargo reads the script's standard output")]

use std::{env, path::PathBuf};

/// The environment variables, with the file that is taken without them.
const STYLES: [(&str, &str); 2] = [
    ("SCA_STYLESHEET", "src/ui/theme.css"),
    ("SCA_ENROLMENT_STYLESHEET", "src/enrolment/ui/enrolment.css"),
];

fn main() {
    for (variable, file) in STYLES {
        let source = || PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(file);
        let style = env::var_os(variable).map_or_else(source, PathBuf::from);
        let style = style.display();
        println!("cargo::rerun-if-env-changed={variable}");
        println!("cargo::rerun-if-changed={style}");
        println!("cargo::rustc-env={variable}={style}");
    }
}
