//! URLs of provider calls. The text that is described, digested and sent is the same, and it has only one interpretation.

use reqwest::Url;

/// The URL of a path and query at a provider. `None` unless the text is in normal form: the path has plain segments, none of them empty,
/// `.` or `..`, and no escapes, which no provider's path needs; the query has well-formed percent-encoding (RFC 3986, section 2.1). A
/// text that a URL parser would change is rejected (a backslash, a tab, a fragment, another host), because another component may
/// interpret it unchanged.
pub(super) fn address(base: &Url, path_and_query: &str) -> Option<Url> {
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    let segments = path.strip_prefix('/')?;
    let is_plain = segments.is_empty() || segments.split('/').all(is_plain);
    if !is_plain || !query.is_none_or(is_well_escaped) {
        return None;
    }
    let url = base.join(path_and_query).ok()?;
    let unchanged =
        url.origin() == base.origin() && url.path() == path && url.query() == query && url.fragment().is_none();
    unchanged.then_some(url)
}

fn is_plain(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..")
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~:@+,=".contains(&byte))
}

/// Whether two hexadecimal digits follow every `%`.
fn is_well_escaped(query: &str) -> bool {
    query.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}
