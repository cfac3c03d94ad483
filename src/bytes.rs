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
    seek(bytes, |word| equal(word, b'"') | equal(word, b'\\') | (word.wrapping_sub(ONES * 0x20) & !word))
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
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let marks = marked(u64::from_le_bytes(rest.first_chunk().copied().unwrap_or_else(|| padded(rest))));
        let before = (marks & (ONES * 0x80)).trailing_zeros() as usize / 8;
        at += before;
        if before < 8 {
            break;
        }
    }
    at.min(bytes.len())
}

fn padded(rest: &[u8]) -> [u8; 8] {
    let mut word = [0; 8];
    word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    word
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
