//! Takes comments and spare blanks out of what travels inside the module: the widget's style, and its words in English.
#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

#[path = "src/ui/text/source.rs"]
#[allow(unreachable_pub, reason = "it belongs to the widget, which shows it to its tests")]
mod source;

use std::{env, fs, io, path::Path};

const STYLE: &str = "src/ui/theme.css";
const ENGLISH: &str = "src/ui/text/en.txt";

fn main() -> io::Result<()> {
    for file in [STYLE, ENGLISH] {
        println!("cargo::rerun-if-changed={file}");
    }
    let folder = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    let style = fs::read_to_string(STYLE)?;
    fs::write(Path::new(&folder).join("theme.css"), shorten(&style))?;
    let english = fs::read_to_string(ENGLISH)?;
    let english = source::spoken(&english).map_err(io::Error::other)?;
    fs::write(Path::new(&folder).join("en.txt"), english)
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
