//! Bytes: searched in bodies, which may be megabytes, and in hexadecimal digits.

/// Where `wanted` begins. By its first byte, since a comparison at each place takes many times as long.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, others) = wanted.split_first()?;
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        at += seek(rest, |word| equal(word, *first)) + 1;
        if bytes.get(at..)?.starts_with(others) {
            return Some(at - 1);
        }
    }
}

/// How many bytes stand before the first that a string of JSON does not show as it is: a quote, a backslash, a control
/// character.
pub(crate) fn plain(bytes: &[u8]) -> usize {
    // With one bit turned, a quote is the next byte behind the control characters.
    let quote_or_control = |word: u64| (word ^ (ONES * 2)).wrapping_sub(ONES * 0x21) & !word;
    seek(bytes, |word| quote_or_control(word) | equal(word, b'\\'))
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// Marks the first byte that is equal to this one, by its highest bit. Behind it, others may be marked that are not.
fn equal(word: u64, byte: u8) -> u64 {
    let differences = word ^ (ONES * u64::from(byte));
    differences.wrapping_sub(ONES) & !differences
}

/// Where the first byte is that is marked; the length where there is none. Eight at a time: nearly all that is read and
/// written is looked at here, and byte by byte that takes twice as long even for names.
fn seek(bytes: &[u8], marked: impl Fn(u64) -> u64) -> usize {
    let mut rest = bytes;
    loop {
        let (word, behind) = match rest.split_first_chunk() {
            Some((word, behind)) => (u64::from_le_bytes(*word), behind),
            None => (rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)), [].as_slice()),
        };
        let marks = marked(word) & (ONES * 0x80);
        if marks != 0 || behind.is_empty() {
            let before = bytes.len() - rest.len() + marks.trailing_zeros() as usize / 8;
            return before.min(bytes.len());
        }
        rest = behind;
    }
}

/// Two hexadecimal digits for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The byte of two hexadecimal digits.
pub(crate) fn hex_byte(pair: &[u8]) -> Option<u8> {
    let [high, low] = pair else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each byte at each place among others that are nearly what is looked for.
    fn each(mut hold: impl FnMut(&[u8])) {
        for filler in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xff] {
            for length in 0..20 {
                let mut bytes = vec![filler; length];
                hold(&bytes);
                for at in 0..length {
                    for byte in 0..=u8::MAX {
                        bytes[at] = byte;
                        hold(&bytes);
                    }
                    bytes[at] = filler;
                }
            }
        }
    }

    #[test]
    fn what_is_plain_ends_where_a_string_of_json_cannot_go_on() {
        each(|bytes| {
            let end = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ')).unwrap_or(bytes.len());
            assert_eq!(plain(bytes), end, "{bytes:?}");
        });
    }

    #[test]
    fn what_is_found_is_the_first() {
        each(|bytes| {
            for wanted in [b"!".as_slice(), b"!!", b"\x80\x80!", b"\x7f", b"\xff\xff\xff"] {
                let first = bytes.windows(wanted.len()).position(|window| window == wanted);
                assert_eq!(find(bytes, wanted), first, "{wanted:?} in {bytes:?}");
            }
        });
        assert_eq!(find(b"some", b""), None);
    }
}
