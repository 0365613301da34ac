//! Where a call goes. Whatever is described, digested and sent is one text, and that text can be read in one way only.

use reqwest::Url;

/// The address of a path and query at a provider. `None` unless the text is its own normal form: a path of plain segments, none of
/// them empty, `.` or `..`, with nothing escaped (no provider's path needs it), and a query with well-formed escapes. What a URL
/// parser would change (a backslash, a tab, a fragment, another host) is refused, since somebody may have read it unchanged.
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

/// Every `%` stands before two hexadecimal digits.
fn is_well_escaped(query: &str) -> bool {
    query.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}
