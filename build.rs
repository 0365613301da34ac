//! Takes comments and spare blanks out of the widget's style, which travels inside the module.
#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

use std::{env, fs, io, path::Path};

const STYLE: &str = "src/ui/theme.css";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={STYLE}");
    let folder = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    let style = fs::read_to_string(STYLE)?;
    fs::write(Path::new(&folder).join("theme.css"), shorten(&style))
}

/// Blanks mean something inside selectors and values, but not beside braces, semicolons and commas, nor behind a colon.
fn shorten(style: &str) -> String {
    let mut rest = style;
    let mut short = String::new();
    while let Some((before, comment)) = rest.split_once("/*") {
        short.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    short.push_str(rest);
    let mut short = short.split_whitespace().collect::<Vec<_>>().join(" ");
    for mark in ["{", "}", ";", ","] {
        short = short
            .replace(&format!(" {mark}"), mark)
            .replace(&format!("{mark} "), mark);
    }
    short.replace(": ", ":").replace(";}", "}")
}
