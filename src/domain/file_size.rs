//! The size of a stored file, as somebody has written it down.

/// The largest file that R2 stores: 5 TiB.
pub const MAX_FILE_BYTES: u64 = 5 << 40;

/// The size, in bytes, that a text claims for a file. Anybody who may write to the bucket can claim any size, so a
/// size that no file can have is none.
pub fn claimed_size(text: &str) -> Option<u64> {
    text.parse().ok().filter(|size| *size <= MAX_FILE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, size) in [
            ("0", Some(0)),
            ("20000", Some(20_000)),
            ("5497558138880", Some(MAX_FILE_BYTES)),
            ("5497558138881", None),
            ("4503599627370496", None),
            ("9223372036854775807", None),
            ("18446744073709551615", None),
            ("18446744073709551616", None),
            ("-1", None),
            ("1e3", None),
            ("", None),
            ("many", None),
        ] {
            assert_eq!(claimed_size(text), size, "{text}");
        }
    }
}
