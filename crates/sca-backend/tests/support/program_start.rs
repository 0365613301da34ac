//! The program's first line, which says where it listens.

use std::{
    io::{BufRead, BufReader},
    process::Child,
};

/// Waits until a program listens, and gives its base URL.
pub(crate) fn base_url_of(program: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(program.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    line.trim()
        .strip_prefix("listening on ")
        .expect("no address")
        .to_owned()
}
