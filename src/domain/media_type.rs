//! Media types: what is sent as `Content-Type`, and what is recorded of it.

/// Longest media type that is kept, in bytes.
pub const MAX_MEDIA_TYPE: usize = 127;
/// The recorded type of an answer that has none, to `OPTIONS`.
pub const NO_TYPE: &str = "(none)";
const FALLBACK: &str = "application/octet-stream";
/// What upload tools store for a file whose type they do not know.
const UNKNOWN: [&str; 2] = [FALLBACK, "binary/octet-stream"];

/// Types by file extension where `mime_guess` has none, or another than players and IANA's registry.
const EXTENSIONS: [(&str, &str); 27] = [
    ("cmfa", "audio/mp4"),
    ("cmft", "application/mp4"),
    ("cmfv", "video/mp4"),
    ("dfxp", "application/ttml+xml"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("exr", "image/x-exr"),
    ("ktx2", "image/ktx2"),
    ("m2ts", "video/mp2t"),
    ("m3u8", "application/vnd.apple.mpegurl"),
    ("m4a", "audio/mp4"),
    ("m4s", "video/iso.segment"),
    ("m4v", "video/mp4"),
    ("md", "text/markdown"),
    ("mid", "audio/midi"),
    ("midi", "audio/midi"),
    ("mts", "video/mp2t"),
    ("obj", "model/obj"),
    ("otf", "font/otf"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("psd", "image/vnd.adobe.photoshop"),
    ("stl", "model/stl"),
    ("ts", "video/mp2t"),
    ("ttml", "application/ttml+xml"),
    ("usdz", "model/vnd.usdz+zip"),
    ("woff", "font/woff"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("zst", "application/zstd"),
];

/// Playlists and manifests of streamed video (HLS, DASH, Smooth Streaming), which have no type of their own kind.
const MANIFESTS: [&str; 6] = [
    "application/vnd.apple.mpegurl",
    "application/x-mpegurl",
    "audio/mpegurl",
    "audio/x-mpegurl",
    "application/dash+xml",
    "application/vnd.ms-sstr+xml",
];

/// The `Content-Type` to send for a file: what its metadata say, else what its name says.
///
/// Scripts become plain text: an owner's file must never run on the origin that it is served from.
pub fn content_type(stored: Option<&str>, file: &str) -> String {
    let known = stored.filter(|text| is_well_formed(text) && !UNKNOWN.contains(&essence(text).as_str()));
    let chosen = known.unwrap_or_else(|| by_name(file));
    if is_script(chosen) { "text/plain; charset=utf-8".to_owned() } else { chosen.to_owned() }
}

fn by_name(file: &str) -> &'static str {
    let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let known = extension.and_then(|extension| EXTENSIONS.iter().find(|(it, _)| *it == extension));
    known.map_or_else(
        || mime_guess::from_path(file).first_raw().unwrap_or(FALLBACK),
        |(_, media_type)| media_type,
    )
}

/// The recorded form of a `Content-Type`: lower case, without parameters.
pub fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.to_ascii_lowercase()
}

/// Whether a media type, in its recorded form, is a playlist or manifest of a streamed video.
pub fn is_manifest(essence: &str) -> bool {
    MANIFESTS.contains(&essence)
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
    use crate::domain::asset_type::AssetType;

    /// What media owners serve, and the kind that reports list it under.
    #[test]
    fn types_by_extension() {
        for (extensions, expected, kind) in [
            ("jpg jpeg jfif", "image/jpeg", "image"),
            ("png", "image/png", "image"),
            ("apng", "image/apng", "image"),
            ("gif", "image/gif", "image"),
            ("webp", "image/webp", "image"),
            ("avif", "image/avif", "image"),
            ("heic", "image/heic", "image"),
            ("heif", "image/heif", "image"),
            ("jxl", "image/jxl", "image"),
            ("jp2", "image/jp2", "image"),
            ("bmp", "image/bmp", "image"),
            ("ico", "image/x-icon", "image"),
            ("tif tiff", "image/tiff", "image"),
            ("svg", "image/svg+xml", "image"),
            ("psd", "image/vnd.adobe.photoshop", "image"),
            ("dng", "image/x-adobe-dng", "image"),
            ("cr2", "image/x-canon-cr2", "image"),
            ("nef", "image/x-nikon-nef", "image"),
            ("hdr", "image/vnd.radiance", "image"),
            ("exr", "image/x-exr", "image"),
            ("ktx", "image/ktx", "image"),
            ("ktx2", "image/ktx2", "image"),
            ("mp4 m4v cmfv", "video/mp4", "video"),
            ("webm", "video/webm", "video"),
            ("mov", "video/quicktime", "video"),
            ("mkv", "video/x-matroska", "video"),
            ("avi", "video/x-msvideo", "video"),
            ("ogv", "video/ogg", "video"),
            ("mpg mpeg", "video/mpeg", "video"),
            ("3gp", "video/3gpp", "video"),
            ("wmv", "video/x-ms-wmv", "video"),
            ("flv", "video/x-flv", "video"),
            ("ts mts m2ts", "video/mp2t", "video"),
            ("m4s", "video/iso.segment", "video"),
            ("m3u8", "application/vnd.apple.mpegurl", "video"),
            ("mpd", "application/dash+xml", "video"),
            ("mp3", "audio/mpeg", "other"),
            ("m4a cmfa", "audio/mp4", "other"),
            ("aac", "audio/aac", "other"),
            ("flac", "audio/flac", "other"),
            ("wav", "audio/wav", "other"),
            ("oga ogg opus", "audio/ogg", "other"),
            ("weba", "audio/webm", "other"),
            ("aif aiff", "audio/aiff", "other"),
            ("mid midi", "audio/midi", "other"),
            ("vtt", "text/vtt", "other"),
            ("srt", "application/x-subrip", "other"),
            ("ttml dfxp", "application/ttml+xml", "other"),
            ("cmft", "application/mp4", "other"),
            ("woff", "font/woff", "other"),
            ("woff2", "font/woff2", "other"),
            ("ttf", "font/ttf", "other"),
            ("otf", "font/otf", "other"),
            ("eot", "application/vnd.ms-fontobject", "other"),
            ("glb", "model/gltf-binary", "other"),
            ("gltf", "model/gltf+json", "other"),
            ("usdz", "model/vnd.usdz+zip", "other"),
            ("obj", "model/obj", "other"),
            ("stl", "model/stl", "other"),
            ("pdf", "application/pdf", "other"),
            ("epub", "application/epub+zip", "other"),
            ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "other"),
            ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "other"),
            ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "other"),
            ("json", "application/json", "other"),
            ("geojson", "application/geo+json", "other"),
            ("wasm", "application/wasm", "other"),
            ("webmanifest", "application/manifest+json", "other"),
            ("html htm", "text/html", "other"),
            ("css", "text/css", "other"),
            ("txt", "text/plain", "other"),
            ("csv", "text/csv", "other"),
            ("md", "text/markdown", "other"),
            ("zip", "application/zip", "other"),
            ("gz", "application/gzip", "other"),
            ("zst", "application/zstd", "other"),
        ] {
            for extension in extensions.split(' ') {
                for file in [format!("a.{extension}"), format!("a.b.{}", extension.to_ascii_uppercase())] {
                    assert_eq!(content_type(None, &file), expected, "{file}");
                }
            }
            assert_eq!(AssetType::of(expected).as_str(), kind, "{expected}");
        }
    }

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
            (Some("application/octet-stream"), "a.jpg", "image/jpeg"),
            (Some("Binary/Octet-Stream"), "a.m3u8", "application/vnd.apple.mpegurl"),
            (Some("application/octet-stream"), "a", "application/octet-stream"),
            (Some("video/vnd.dlna.mpeg-tts"), "a.ts", "video/vnd.dlna.mpeg-tts"),
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
    }
}
