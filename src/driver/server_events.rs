//! A parser of server-sent events (WHATWG HTML, section 9.2.6) for a stream in chunks.

/// The largest event, in bytes.
const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerEvent {
    /// Its name; `message` when the server gave none.
    pub name: String,
    /// Its data.
    pub data: String,
}

/// The stream cannot be read: an event is larger than any of the backend's, or not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamError;

/// Parses a stream, whatever its chunks are.
#[derive(Debug, Default)]
pub struct ServerEvents {
    line: Vec<u8>,
    name: String,
    data: String,
    has_data: bool,
    after_carriage_return: bool,
    past_first_line: bool,
}

impl ServerEvents {
    /// Parses the next chunk and returns the events that it completes.
    ///
    /// # Errors
    /// When the stream cannot be read. The caller has to close it.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<ServerEvent>, StreamError> {
        let mut events = Vec::new();
        for byte in piece {
            let completes_crlf = *byte == b'\n' && self.after_carriage_return;
            self.after_carriage_return = *byte == b'\r';
            match byte {
                b'\n' if completes_crlf => {}
                b'\r' | b'\n' => events.extend(self.end_line()?),
                other => {
                    if self.line.len() + self.data.len() >= MAX_EVENT_BYTES {
                        return Err(StreamError);
                    }
                    self.line.push(*other);
                }
            }
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Result<Option<ServerEvent>, StreamError> {
        let bytes = std::mem::take(&mut self.line);
        let mut line = std::str::from_utf8(&bytes).map_err(|_| StreamError)?;
        if !self.past_first_line {
            self.past_first_line = true;
            line = line.strip_prefix('\u{FEFF}').unwrap_or(line);
        }
        if line.is_empty() {
            return Ok(self.end_event());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.has_data = true;
                self.data.push_str(value);
            }
            // Comments, `id` and `retry` are not used.
            _ => {}
        }
        Ok(None)
    }

    fn end_event(&mut self) -> Option<ServerEvent> {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        let has_data = std::mem::take(&mut self.has_data);
        has_data.then(|| ServerEvent {
            name: if name.is_empty() { "message".to_owned() } else { name },
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> ServerEvent {
        ServerEvent {
            name: name.to_owned(),
            data: data.to_owned(),
        }
    }

    #[test]
    fn a_stream_reads_the_same_wherever_it_is_cut() {
        let stream = "\u{FEFF}: keep-alive\r\nevent: approval\r\ndata: {\"payee\":\"Łódź\"}\r\n\r\n\
                      data:first\ndata: second\ndata\n\nretry: 5\rid: 7\r\revent: empty\n\nevent:approval\rdata:x\r\r"
            .as_bytes();
        let expected = [
            event("approval", "{\"payee\":\"Łódź\"}"),
            event("message", "first\nsecond\n"),
            event("approval", "x"),
        ];
        for length in 1..=stream.len() {
            let mut parser = ServerEvents::default();
            let mut events = Vec::new();
            for piece in stream.chunks(length) {
                events.extend(parser.push(piece).unwrap());
            }
            assert_eq!(events, expected, "cut every {length} bytes");
        }
    }

    #[test]
    fn an_unfinished_event_is_not_returned() {
        let mut parser = ServerEvents::default();
        assert_eq!(parser.push(b"event: approval\ndata: {}\n"), Ok(vec![]));
    }

    #[test]
    fn a_stream_that_is_not_utf8_ends_with_an_error() {
        assert_eq!(ServerEvents::default().push(b"data: \xFF\n"), Err(StreamError));
    }

    #[test]
    fn an_event_over_the_limit_ends_the_stream_with_an_error() {
        let piece = [b'x'; 64 * 1024];
        let mut one_line = ServerEvents::default();
        assert_eq!(
            (0..17).try_for_each(|_| one_line.push(&piece).map(drop)),
            Err(StreamError)
        );

        let mut many_lines = ServerEvents::default();
        let line = [b"data:".as_slice(), &piece, b"\n"].concat();
        assert_eq!(
            (0..17).try_for_each(|_| many_lines.push(&line).map(drop)),
            Err(StreamError)
        );
    }
}
