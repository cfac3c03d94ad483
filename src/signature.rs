//! HMAC-SHA256, made and checked: what webhooks are signed with, theirs and ours.

use crate::{bytes::hex_byte, timestamp::Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The signature of these parts, one behind the other, in the making.
pub(crate) fn mac(secret: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    // A key of any length will do: this is never `None`.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac)
}

/// Whether these parts were signed with this secret. Compared in constant time.
pub(crate) fn holds(secret: &[u8], parts: &[&[u8]], signature: &[u8]) -> bool {
    mac(secret, parts).is_some_and(|mac| mac.verify_slice(signature).is_ok())
}

/// The bytes of hexadecimal digits.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(32);
    for pair in text.as_bytes().chunks(2) {
        bytes.push(hex_byte(pair)?);
    }
    Some(bytes)
}

/// How old a signature is, in milliseconds; `None` where its Unix time is none.
pub(crate) fn age(seconds: &str, now: Timestamp) -> Option<i64> {
    let at = seconds.parse::<i64>().ok()?.checked_mul(1000)?;
    Some(now.0.saturating_sub(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_digits_in_pairs() {
        assert_eq!(from_hex("00fFa0"), Some(vec![0, 255, 160]));
        for text in ["0", "0x", "+f", "00 ", "é"] {
            assert_eq!(from_hex(text), None, "{text}");
        }
    }
}
