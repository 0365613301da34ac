#!/usr/bin/env bash
# The crate phonenumber, a Rust port of Google's libphonenumber, and numbers that begin with a zero or a trunk prefix.
#
# Seen with phonenumber 0.3.10, and rlibphonenumber 2.2.15 beside it, on 2026-12-01. In some numbering plans the zero in front belongs to
# the number (Italy, Benin, Cote d'Ivoire). phonenumber calls such numbers valid and does not know their type, so a caller who accepts
# mobile numbers alone refuses them. A Kazakh number that is typed without its trunk prefix 8 loses its first digit, 7, which equals the
# calling code. rlibphonenumber, another port, reads all of them. The numbers are made up from the ranges of the plans.
#
# Prints the number in E.164, whether it is valid, and its type, by phonenumber and by rlibphonenumber:
#   IT 06 1234 5678: +390612345678 true Unknown | +390612345678 true FixedLine
#   BJ 01 97 12 34 56: +2290197123456 true Unknown | +2290197123456 true Mobile
#   CI 07 12 34 56 78: +2250712345678 true Unknown | +2250712345678 true Mobile
#   KZ 701 234 56 78: +7012345678 false Unknown | +77012345678 true Mobile
# and fails when that changes. Needs: cargo.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/src"
cat >"$folder/Cargo.toml" <<'TOML'
[package]
name = "leading-zeros"
version = "0.0.0"
edition = "2021"

[dependencies]
phonenumber = "=0.3.10"
rlibphonenumber = "=2.2.15"
TOML
cat >"$folder/src/main.rs" <<'RUST'
use rlibphonenumber::{PhoneNumberFormat, Region, PHONE_NUMBER_UTIL};

fn main() {
    for (country, number) in [
        ("IT", "06 1234 5678"),
        ("BJ", "01 97 12 34 56"),
        ("CI", "07 12 34 56 78"),
        ("KZ", "701 234 56 78"),
    ] {
        let one = phonenumber::parse(Some(country.parse().unwrap()), number).unwrap();
        let kind = one.number_type(&phonenumber::metadata::DATABASE);
        let one_written = one.format().mode(phonenumber::Mode::E164).to_string();

        let other = PHONE_NUMBER_UTIL.parse(number, Some(Region::from_code(country).unwrap())).unwrap();
        let other_kind = PHONE_NUMBER_UTIL.get_number_type(&other);
        let other_written = PHONE_NUMBER_UTIL.format(&other, PhoneNumberFormat::E164);
        println!(
            "{country} {number}: {one_written} {} {kind:?} | {other_written} {} {other_kind:?}",
            one.is_valid(),
            PHONE_NUMBER_UTIL.is_valid_number(&other),
        );
    }
}
RUST
seen=$(cd "$folder" && cargo run --quiet)
printf '%s\n' "$seen"
diff <(sed -n 's/^#   //p' "$0") <(printf '%s\n' "$seen")
