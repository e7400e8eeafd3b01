//! Media types: what is sent as `Content-Type`, and what is recorded of it.

/// Longest media type that is kept, in bytes.
pub const MAX_MEDIA_TYPE: usize = 127;
const FALLBACK: &str = "application/octet-stream";

/// The `Content-Type` to send for a file: what its metadata say, else what its name says.
///
/// Scripts become plain text: an owner's file must never run on the origin that it is served from.
pub fn content_type(stored: Option<&str>, file: &str) -> String {
    let stored = stored.filter(|text| is_well_formed(text));
    let chosen = match stored {
        Some(text) => text.to_owned(),
        None => mime_guess::from_path(file).first_raw().unwrap_or(FALLBACK).to_owned(),
    };
    if is_script(&chosen) { "text/plain; charset=utf-8".to_owned() } else { chosen }
}

/// The recorded form of a `Content-Type`: lower case, without parameters.
pub fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.to_ascii_lowercase()
}

/// Whether pages of other sites may read it from a canvas or a script.
pub fn is_image(content_type: &str) -> bool {
    content_type.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("image/"))
}

/// A comma is refused: of several types in one header, a browser takes the last.
fn is_well_formed(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let essence = text.split(';').next().unwrap_or_default().trim();
    text.len() <= MAX_MEDIA_TYPE
        && text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b',')
        && essence.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

/// The types that browsers run as scripts (WHATWG MIME Sniffing, section 4.6).
fn is_script(content_type: &str) -> bool {
    let essence = essence(content_type);
    let Some((kind, subtype)) = essence.split_once('/') else { return false };
    matches!(kind, "text" | "application")
        && (subtype.contains("javascript")
            || subtype.contains("ecmascript")
            || matches!(subtype, "jscript" | "livescript"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        for (stored, file, expected) in [
            (None, "a.jpg", "image/jpeg"),
            (None, "a.JPG", "image/jpeg"),
            (None, "a.webp", "image/webp"),
            (None, "a.avif", "image/avif"),
            (None, "a.svg", "image/svg+xml"),
            (None, "a.mp4", "video/mp4"),
            (None, "a", "application/octet-stream"),
            (None, "a.unheardof", "application/octet-stream"),
            (Some("image/png"), "a.jpg", "image/png"),
            (Some("text/html; charset=utf-8"), "a", "text/html; charset=utf-8"),
            (Some("image/png\r\nx: y"), "a.jpg", "image/jpeg"),
            (Some("image"), "a.jpg", "image/jpeg"),
            (Some("text/plain; a=b, text/javascript"), "a.txt", "text/plain"),
            (Some(""), "a.jpg", "image/jpeg"),
            (None, "a.js", "text/plain; charset=utf-8"),
            (None, "a.mjs", "text/plain; charset=utf-8"),
            (Some("Application/JavaScript"), "a", "text/plain; charset=utf-8"),
            (Some("text/ecmascript;x=y"), "a", "text/plain; charset=utf-8"),
            (Some("application/x-javascript"), "a", "text/plain; charset=utf-8"),
            (Some("text/livescript"), "a", "text/plain; charset=utf-8"),
        ] {
            assert_eq!(content_type(stored, file), expected, "{stored:?} {file}");
        }
        assert_eq!(essence("Text/HTML; charset=utf-8"), "text/html");
        assert!(is_image("Image/png") && !is_image("video/mp4") && !is_image("imagé"));
    }
}
