//! Standard Webhooks (stand-in until the real one is merged).
use crate::base64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A key.
pub(crate) struct Secret(Vec<u8>);

impl Secret {
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        base64::decode(text.strip_prefix("whsec_").unwrap_or(text)).map(Self).ok_or("whsec_ and base64")
    }

    pub(crate) fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        format!("v1,{}", base64::encode(&mac.finalize().into_bytes()))
    }
}
