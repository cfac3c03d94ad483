//! Searching bodies, which may be megabytes.

/// Where `wanted` begins. By its first byte, since a comparison at each place takes many times as long.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, others) = wanted.split_first()?;
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| byte == first)?;
        if bytes.get(at + 1..)?.starts_with(others) {
            return Some(at);
        }
        at += 1;
    }
}
