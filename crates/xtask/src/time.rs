//! Durations for people.

use std::time::Duration;

/// `12.3 s` below a minute, `2 min 05 s` from there on.
pub(crate) fn format_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}.{} s", duration.subsec_millis() / 100),
        60.. => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_named_only_when_there_are_some() {
        assert_eq!(format_duration(Duration::from_millis(1_260)), "1.2 s");
        assert_eq!(format_duration(Duration::from_secs(60)), "1 min 00 s");
        assert_eq!(format_duration(Duration::from_secs(605)), "10 min 05 s");
    }
}
