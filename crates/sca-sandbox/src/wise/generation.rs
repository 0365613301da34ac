//! The three generations of Wise's paths ([versioning](https://docs.wise.com/guides/developer/global-versioning)).

use serde::Serialize;

/// The generation of the path that was called. It decides some statuses and the shape of some responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Generation {
    /// `/v1/one-time-token/...`, `/v1/user/...`: deprecated for PIN in October 2025, still in use. Also every path that
    /// the second generation did not replace.
    First,
    /// `/v2/profiles/{profile}/...`.
    Second,
    /// `/2026Q3/...`: calendar versions, without the `v1`, `v2`, `v3`.
    Calendar,
}

/// Whether a path's first segment is a calendar version: four digits, `Q`, and a quarter from 1 to 4.
pub(crate) fn is_calendar_version(segment: &str) -> bool {
    match segment.split_once('Q') {
        Some((year, quarter)) => {
            year.len() == 4
                && year.bytes().all(|byte| byte.is_ascii_digit())
                && matches!(quarter, "1" | "2" | "3" | "4")
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_calendar_version;

    #[test]
    fn a_calendar_version_is_a_year_and_a_quarter() {
        for version in ["2026Q3", "2027Q1", "1999Q4"] {
            assert!(is_calendar_version(version), "{version}");
        }
        for other in ["v1", "2026", "2026Q5", "2026Q0", "26Q3", "2026q3", "2026Q33", "", "Q3"] {
            assert!(!is_calendar_version(other), "{other}");
        }
    }
}
