//! Files in text: base64 (RFC 4648 §4), with its padding.
//!
//! By hand, since a crate for it is a fortieth of the wasm; the `base64` crate is the oracle of the tests.

/// The bytes; `None` where the text is anything else, even where its last bits are not zero.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for group in digits.chunks(4) {
        let bits = group.iter().try_fold(0_u32, |bits, digit| Some(bits << 6 | value(*digit)?))?;
        let [_, whole @ ..] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        let (whole, rest) = whole.split_at_checked(group.len() - 1)?;
        if rest.iter().any(|bits| *bits != 0) {
            return None;
        }
        bytes.extend_from_slice(whole);
    }
    Some(bytes)
}

/// The text of these bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - group.len()));
        for at in 0..4 {
            let digit = DIGITS.get(bits >> (18 - 6 * at) & 63).filter(|_| at <= group.len());
            text.push(char::from(*digit.unwrap_or(&b'=')));
        }
    }
    text
}

/// The bytes of a text that can stand in a URL or a header (RFC 4648 §5), without padding.
#[cfg(feature = "worker")]
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    if text.contains(['+', '/', '=']) {
        return None;
    }
    let padding = "=".repeat(text.len().next_multiple_of(4) - text.len());
    decode(&(text.replace('-', "+").replace('_', "/") + &padding))
}

/// The text of these bytes that can stand in a URL or a header.
#[cfg(feature = "worker")]
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #[cfg(feature = "worker")]
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use base64::{Engine, engine::general_purpose::STANDARD};

    #[test]
    fn it_is_written_as_the_base64_crate_does() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in (0..10).chain([255, 256]) {
            assert_eq!(super::encode(&bytes[256 - length..]), STANDARD.encode(&bytes[256 - length..]));
        }
    }

    #[cfg(feature = "worker")]
    #[test]
    fn in_a_header_it_is_as_the_base64_crate_has_it() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in (0..10).chain([255, 256]) {
            let text = super::encode_url(&bytes[256 - length..]);
            assert_eq!(text, URL_SAFE_NO_PAD.encode(&bytes[256 - length..]));
            assert_eq!(super::decode_url(&text).as_deref(), Some(&bytes[256 - length..]));
        }
        for text in ["A", "AAAAA", "AA==", "_w==", "/w", "+w", "_x", "A A", "é"] {
            assert_eq!(super::decode_url(text), None, "{text}");
        }
    }
}
