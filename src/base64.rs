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
