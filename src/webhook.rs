//! Receiving what providers report: first whether it is theirs, then what it says.

use crate::{
    account::Account,
    base64,
    error::{Error, ErrorKind},
    event::{Event, Report},
    field::Field,
    json::Json,
    signature::{age, from_hex, holds},
    timestamp::Timestamp,
    write::to_json,
};
use std::fmt;

/// A provider's webhook, as the host brings it.
#[derive(Clone, Default)]
pub struct Webhook {
    /// The headers, names in any case.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte: signatures hold over nothing else.
    pub body: Vec<u8>,
}

impl Webhook {
    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

// Without what people write: safe in any log.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").finish_non_exhaustive()
    }
}

/// How one provider's webhooks are checked and read, always together.
pub struct Inbound {
    /// How they are signed; `None` where they are not.
    pub(crate) signature: Option<Signature>,
    /// What one item reports; `None` where it says nothing known. A body that is no JSON comes as a string.
    pub(crate) read: fn(&Account, Json<'_>) -> Option<Report>,
}

/// HMAC-SHA256 in hex, with or without `sha256=` before it, over the body as it came.
pub(crate) struct Signature {
    /// The key. An account without it checks nothing.
    pub(crate) secret: &'static Field,
    /// The headers that may bear it; the first that is there counts.
    pub(crate) headers: &'static [&'static str],
    /// The header of the Unix time that is signed before the body.
    pub(crate) timestamp: Option<&'static str>,
    /// An account with this field checks nothing either.
    pub(crate) unless: Option<&'static Field>,
}

/// How old a signed webhook may be, in milliseconds, and how young: the provider's clock may go before ours.
const OLDEST: i64 = 300_000;
const YOUNGEST: i64 = -60_000;

impl Signature {
    fn secret<'a>(&self, account: &'a Account) -> Option<&'a str> {
        let waived = self.unless.is_some_and(|field| account.get(field).is_some());
        account.get(self.secret).filter(|_| !waived)
    }

    /// What is wrong with the signature.
    fn check(&self, secret: &str, webhook: &Webhook, now: Timestamp) -> Result<(), &'static str> {
        let Some(signature) = self.headers.iter().find_map(|name| webhook.header(name)) else {
            return Err(match self.unless {
                None => "the webhook is not signed",
                Some(_) => "the webhook is not signed, and the account has no inbound_key instead",
            });
        };
        let wrong = "the webhook's signature does not hold";
        let stamp = self.timestamp.map(|name| webhook.header(name).unwrap_or_default());
        let parts = [stamp.unwrap_or_default().as_bytes(), &webhook.body];
        let signature = from_hex(signature.strip_prefix("sha256=").unwrap_or(signature)).ok_or(wrong)?;
        if !holds(secret.as_bytes(), &parts, &signature) {
            return Err(wrong);
        }
        let Some(stamp) = stamp else { return Ok(()) };
        match age(stamp, now) {
            Some(YOUNGEST..=OLDEST) => Ok(()),
            _ => Err("the webhook was signed too long ago, or in the future"),
        }
    }
}

/// More items than this in one webhook are told as one: each costs more memory than its two bytes.
const MOST: usize = 1000;

impl Account {
    /// Whether a webhook must bear a signature here. Where it need not, all that guards it is the `inbound_key` in
    /// its path, which is the host's to check.
    #[must_use]
    pub fn checks_signatures(&self) -> bool {
        self.signature().is_some()
    }

    /// What a webhook reports: one event, or several; `now` is when it came.
    ///
    /// The only error is [`ErrorKind::Forged`]: a signature that is wrong, missing or stale, where
    /// [`Account::checks_signatures`]. What cannot be read is an [`Other`](crate::EventKind::Other).
    pub fn receive(&self, webhook: &Webhook, now: Timestamp) -> Result<Vec<Event>, Error> {
        self.verify(webhook, now)?;
        Ok(self.reports(webhook, |report, raw| report.event(self.provider.slug, now, raw)))
    }

    /// Whether a webhook is the provider's own, as far as its signature says; `now` is when it came.
    pub(crate) fn verify(&self, webhook: &Webhook, now: Timestamp) -> Result<(), Error> {
        let Some((signature, secret)) = self.signature() else { return Ok(()) };
        signature.check(secret, webhook, now).map_err(|detail| Error::new(ErrorKind::Forged, detail))
    }

    /// What is made of each report in a webhook that was verified, and of what it was read from.
    pub(crate) fn reports<T>(&self, webhook: &Webhook, make: impl Fn(Report, Json<'_>) -> T) -> Vec<T> {
        let body = self.masked(&webhook.body);
        let quoted;
        let whole = match Json::parse(&body) {
            Ok(json) => json,
            Err(_) => {
                quoted = quote(&body);
                Json::parse(quoted.as_bytes()).unwrap_or(Json::NULL)
            }
        };
        let items = whole.array().filter(|items| (1..=MOST).contains(&items.len())).unwrap_or_else(|| vec![whole]);
        let read = |raw| self.provider.inbound().and_then(|inbound| (inbound.read)(self, raw)).unwrap_or_default();
        items.into_iter().map(|raw| make(read(raw), raw)).collect()
    }

    /// How a webhook must be signed here, and with which key.
    fn signature(&self) -> Option<(&'static Signature, &str)> {
        let signature = self.provider.inbound()?.signature.as_ref()?;
        Some((signature, signature.secret(self)?))
    }
}

/// What is no JSON, as JSON: a string, or `{ "base64": "…" }` where it is no text either.
fn quote(body: &[u8]) -> String {
    match std::str::from_utf8(body) {
        Ok(text) => to_json(text),
        Err(_) => ["{\"base64\":\"", &base64::encode(body), "\"}"].concat(),
    }
}
