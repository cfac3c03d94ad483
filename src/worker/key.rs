//! Keys that callers show.

use crate::signature::{holds, mac};
use hmac::Mac;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What a key is that stands in a path.
pub(crate) const WEAK: &str = "16 or more letters, digits, - and _, since it stands in a path: openssl rand -hex 16";

/// Whether this can stand in a path as a key.
pub(crate) fn is_strong(key: &str) -> bool {
    key.len() >= 16 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// What stands before a token's claims where they are signed, so that no other signature can be taken for it.
const TOKEN: &[u8] = b"chaski token\n";

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

    /// The signature of a token's claims: another key is the end of all tokens.
    pub(crate) fn sign(&self, claims: &str) -> Vec<u8> {
        mac(&self.0, &[TOKEN, claims.as_bytes()]).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
    }

    /// Whether this key has signed these claims.
    pub(crate) fn has_signed(&self, claims: &str, signature: &[u8]) -> bool {
        holds(&self.0, &[TOKEN, claims.as_bytes()], signature)
    }
}
