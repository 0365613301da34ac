//! How values are written, the same in the file and in the environment.

use std::{fmt, marker::PhantomData, ops::RangeInclusive, time::Duration};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, SeqAccess, Visitor, value::SeqAccessDeserializer},
};

use super::SettingError;

/// Reads a duration with its unit: `500ms`, `30s`, `15m`, `1h 30m` (Jiff's "friendly" format, or ISO 8601: `PT15M`). A number
/// without a unit is refused.
///
/// # Errors
/// When the value is written otherwise.
pub fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let duration = text.trim().parse::<jiff::SignedDuration>().ok();
    duration
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| D::Error::custom("expected a duration with its unit, such as `500ms`, `30s` or `15m`"))
}

/// Reads a list: an array in the file, or texts with commas between them.
///
/// # Errors
/// When the value is written otherwise.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(List(split_at_commas, PhantomData))
}

/// Reads a list of tables: an array of tables in the file, or a JSON array in the environment.
///
/// # Errors
/// When the value is written otherwise.
pub fn tables<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    deserializer.deserialize_any(List(read_json, PhantomData))
}

/// Reads a whole number, or a text of decimal digits. A fraction is refused, not rounded.
///
/// # Errors
/// When the value is written otherwise.
pub fn whole<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    let number = deserializer.deserialize_any(Whole)?;
    T::try_from(number).map_err(|_| D::Error::custom("expected a smaller number"))
}

/// As [`whole`], where the setting may be absent.
///
/// # Errors
/// When the value is written otherwise.
pub fn whole_if_any<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    whole(deserializer).map(Some)
}

/// A list and how it is read from one text.
struct List<T>(fn(&str) -> Result<Vec<T>, serde::de::value::Error>, PhantomData<T>);

fn split_at_commas<'de, T: Deserialize<'de>>(text: &str) -> Result<Vec<T>, serde::de::value::Error> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items
        .map(|item| T::deserialize(item.to_owned().into_deserializer()))
        .collect()
}

fn read_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<Vec<T>, serde::de::value::Error> {
    // What the parser says may quote the text.
    serde_json::from_str(text).map_err(|_| serde::de::value::Error::custom("expected a JSON array of objects"))
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.0(text).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(items))
    }
}

struct Whole;

impl Visitor<'_> for Whole {
    type Value = u64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number that is not negative")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<u64, E> {
        Ok(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<u64, E> {
        u64::try_from(number).map_err(|_| E::custom("expected a whole number that is not negative"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
        let number = text.trim().parse();
        number.map_err(|_| E::custom("expected a whole number that is not negative"))
    }
}

/// Refuses a duration that is out of its range.
///
/// # Errors
/// Names the setting and its range.
pub fn check_duration(name: &str, value: Duration, range: RangeInclusive<Duration>) -> Result<(), SettingError> {
    if range.contains(&value) {
        return Ok(());
    }
    let (least, most) = (written(*range.start()), written(*range.end()));
    Err(SettingError::new(
        name,
        format!("expected a duration from {least} to {most}"),
    ))
}

/// A duration as [`duration`] reads it.
fn written(duration: Duration) -> String {
    jiff::SignedDuration::try_from(duration)
        .map_or_else(|_| format!("{duration:?}"), |duration| format!("{duration:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duration_of(text: &str) -> Option<Duration> {
        let read: Result<_, serde::de::value::Error> = duration(text.to_owned().into_deserializer());
        read.ok()
    }

    #[test]
    fn a_duration_has_a_unit_and_is_not_negative() {
        for (text, milliseconds) in [
            ("500ms", Some(500)),
            ("30s", Some(30_000)),
            ("15m", Some(900_000)),
            ("1h 30m", Some(5_400_000)),
            ("PT15M", Some(900_000)),
            ("30", None),
            ("", None),
            ("-5s", None),
            ("5 apples", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(duration_of(text), milliseconds.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        for milliseconds in [1, 100, 1_000, 30_000, 900_000, 3_600_000] {
            let duration = Duration::from_millis(milliseconds);
            assert_eq!(duration_of(&written(duration)), Some(duration));
        }
    }

    #[test]
    fn a_whole_number_is_neither_rounded_nor_cut_off() {
        let read = |text: &str| -> Result<u8, serde::de::value::Error> { whole(text.to_owned().into_deserializer()) };
        assert_eq!(read(" 255 ").ok(), Some(255));
        for text in ["256", "1.5", "-1", "true", ""] {
            assert!(read(text).is_err(), "{text}");
        }
        let read = |number: f64| -> Result<u64, serde::de::value::Error> { whole(number.into_deserializer()) };
        assert!(read(1.0).is_err());
    }
}
