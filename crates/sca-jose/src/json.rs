//! A strict reader for the one JSON object of JOSE that is read here: the protected header of a response.
//!
//! It refuses ambiguous input: a member name used twice at any depth, text after the object, lone surrogates, control
//! characters in strings. It checks numbers and literals and discards them, since no caller needs one. (RFC 8259; uniqueness:
//! RFC 7515 section 4.)

use alloc::{string::String, vec::Vec};

/// How deep objects and lists may be nested, the outermost object included.
const MAX_DEPTH: usize = 16;

/// A JSON value, as far as a header needs it.
pub(crate) enum Value {
    Text(String),
    /// Any other value: its form is checked and its content dropped.
    Other,
}

impl Value {
    /// The text, if this is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other => None,
        }
    }
}

/// The members of a JSON object; no name occurs twice.
pub(crate) struct Object {
    members: Vec<(String, Value)>,
}

impl Object {
    /// Reads `json`, which must be one object and nothing else. The caller bounds its length.
    pub(crate) fn parse(json: &[u8]) -> Option<Self> {
        let mut reader = Reader { rest: json };
        reader.skip_whitespace();
        let object = reader.object(MAX_DEPTH)?;
        reader.skip_whitespace();
        reader.rest.is_empty().then_some(object)
    }

    /// The value of the member called `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.members
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, value)| value)
    }

    /// Whether there is a member called `name`, whatever its value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// The rest of the input. Every method consumes what it names, or returns `None` if the input does not start with that.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn object(&mut self, depth: usize) -> Option<Object> {
        let depth = depth.checked_sub(1)?;
        let mut object = Object { members: Vec::new() };
        self.take(b'{')?;
        self.skip_whitespace();
        if self.take(b'}').is_some() {
            return Some(object);
        }
        loop {
            self.skip_whitespace();
            let name = self.string()?;
            if object.has(&name) {
                return None;
            }
            self.skip_whitespace();
            self.take(b':')?;
            let value = self.value(depth)?;
            object.members.push((name, value));
            if self.take(b',').is_none() {
                self.take(b'}')?;
                return Some(object);
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        self.take(b'[')?;
        self.skip_whitespace();
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            self.value(depth)?;
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }

    /// A value and the whitespace around it.
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_whitespace();
        let mut value = Value::Other;
        match self.rest.first()? {
            b'"' => value = Value::Text(self.string()?),
            b'[' => self.list(depth)?,
            b'{' => drop(self.object(depth)?),
            b't' => self.literal(b"true")?,
            b'f' => self.literal(b"false")?,
            b'n' => self.literal(b"null")?,
            _ => self.number()?,
        }
        self.skip_whitespace();
        Some(value)
    }

    fn literal(&mut self, word: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if self.take(b'e').or_else(|| self.take(b'E')).is_some() {
            let _ = self.take(b'+').or_else(|| self.take(b'-'));
            self.digits()?;
        }
        Some(())
    }

    /// One digit at least.
    fn digits(&mut self) -> Option<()> {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = self.rest.get(count..)?;
        (count > 0).then_some(())
    }

    fn string(&mut self) -> Option<String> {
        self.take(b'"')?;
        let mut bytes = Vec::new();
        loop {
            match self.next()? {
                b'"' => return String::from_utf8(bytes).ok(),
                b'\\' => {
                    let character = self.escape()?;
                    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..=0x1f => return None,
                byte => bytes.push(byte),
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.code_unit()?;
                // Characters beyond the first plane are written as two units.
                let second = if matches!(unit, 0xd800..=0xdbff) {
                    self.rest = self.rest.strip_prefix(br"\u")?;
                    Some(self.code_unit()?)
                } else {
                    None
                };
                return char::decode_utf16([unit].into_iter().chain(second)).next()?.ok();
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn code_unit(&mut self) -> Option<u16> {
        let mut unit = 0_u16;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16)?;
            unit = unit.checked_mul(16)?.checked_add(u16::try_from(digit).ok()?)?;
        }
        Some(unit)
    }

    fn skip_whitespace(&mut self) {
        while let Some((b' ' | b'\t' | b'\n' | b'\r', rest)) = self.rest.split_first() {
            self.rest = rest;
        }
    }

    fn next(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn take(&mut self, expected: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[expected])?;
        Some(())
    }
}
