//! Keys that callers show.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What a key is that stands in a path.
pub(crate) const WEAK: &str = "16 or more letters, digits, - and _, since it stands in a path: openssl rand -hex 16";

/// Whether this can stand in a path as a key.
pub(crate) fn is_strong(key: &str) -> bool {
    key.len() >= 16 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// A key, known by its digest. Digests are compared, in constant time, so that neither a key nor its length can be felt
/// out.
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn of(key: &str) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// Whether this is the key.
    pub(crate) fn is(&self, given: &str) -> bool {
        Self::of(given).0.ct_eq(&self.0).into()
    }
}
