//! An account at a provider: the fields that the provider asks for, checked once, never shown.

use crate::{
    bytes::find,
    error::{Error, Violation},
    field::{Field, FieldKind},
    http::Response,
    input::{Input, read},
    pace::Pace,
    phone::Phone,
    provider::Provider,
};
use std::{borrow::Cow, fmt};

/// Overrides the scheme and host of every request; its path is kept as a prefix.
pub(crate) const BASE_URL: Field =
    Field::new("base_url", FieldKind::BaseUrl, "Where the API is, if not at the vendor's own host");
const NUMBER: Field = Field::new("number", FieldKind::Phone, "The WhatsApp number that it sends from");
pub(crate) const INBOUND_KEY: Field =
    Field::token("inbound_key", "Key in the path of its webhooks, where they are not signed").secret();

/// The fields that an account at any provider may have.
const COMMON: &[&Field] = &[&BASE_URL, &NUMBER, &INBOUND_KEY];

/// An account at one provider.
#[derive(Clone)]
pub struct Account {
    /// The provider.
    pub provider: &'static Provider,
    /// How fast its number may send, where the user says so.
    pub pace: Option<Pace>,
    /// By the names of their fields, as [`Field::kept`] has them.
    values: Vec<(&'static str, String)>,
    /// The keys among the values, in each spelling in which a provider may repeat them.
    secrets: Vec<String>,
}

/// Looks up a secret by its name.
pub(crate) type Secrets<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The value of a field, looked up where it is the name of a secret.
pub(crate) fn value(field: &Field, input: Input<'_, '_>, secret: Option<Secrets<'_>>) -> Option<String> {
    let text = input.json.string();
    let (Some(secret), Some(name)) = (secret, text.as_deref().and_then(|text| text.strip_prefix('$'))) else {
        return input.right(field.check(input.json)).and_then(|()| input.string());
    };
    match secret(name).map(|found| (field.check_text(&found), found)) {
        Some((Ok(()), found)) => Some(found),
        Some((Err(detail), _)) => input.wrong(format!("the secret {name} is wrong: {detail}")),
        None => input.wrong(format!("the secret {name} is not set: npx wrangler secret put {name}")),
    }
}

impl Account {
    /// Reads an account from JSON: `{ "provider": "whatspie", "token": "…" }`. An error says where it is wrong,
    /// without repeating what stands there.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        read(json, |input| Self::read(input, None))
    }

    /// Reads an account; `secret` looks up what a value `"$NAME"` stands for.
    pub(crate) fn read(input: Input<'_, '_>, secret: Option<Secrets<'_>>) -> Option<Self> {
        let mut members = input.members()?;
        let provider = members.required("provider").and_then(|input| {
            let provider = input.json.string().as_deref().and_then(Provider::find);
            provider.or_else(|| input.wrong(format!("one of {}", Provider::slugs())))
        })?;
        let mut values = Vec::new();
        for field in provider.fields() {
            let text = match field.required {
                true => members.required(field.name).and_then(|input| value(field, input, secret)),
                false => members.optional(field.name).and_then(|input| value(field, input, secret)),
            };
            values.extend(text.map(|text| (field.name, field.kept(text))));
        }
        let pace = members.optional("pace").and_then(Pace::read);
        members.end();
        let secrets = spellings(provider, &values);
        Some(Self { provider, pace, values, secrets })
    }

    /// The value of a field, where it is set.
    pub(crate) fn get(&self, field: &Field) -> Option<&str> {
        self.values.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value.as_str())
    }

    /// The value of a required field.
    pub(crate) fn need(&self, field: &Field) -> Result<&str, Error> {
        let missing = || {
            Error::invalid(vec![Violation::new(
                format!("/{}", field.name),
                format!("the account needs {}", field.name),
            )])
        };
        self.get(field).ok_or_else(missing)
    }

    /// The number that it sends from, where one of its fields says so: `number` before the provider's own.
    #[must_use]
    pub fn number(&self) -> Option<Phone> {
        let fields = [Some(&NUMBER), self.provider.number];
        fields.into_iter().flatten().find_map(|field| Phone::parse(self.get(field)?).ok())
    }

    /// The URL of a path, in parts, at this account's host.
    pub(crate) fn url(&self, path: &[&str]) -> String {
        let base = self.get(&BASE_URL).or(self.provider.base_url).unwrap_or_default();
        // Most are no longer.
        let mut url = String::with_capacity(128);
        url.push_str(base.trim_end_matches('/'));
        path.iter().for_each(|part| url.push_str(part));
        url
    }

    /// The answer without the account's keys: providers repeat the key that they refuse, as it is or with the
    /// slashes escaped that PHP escapes in JSON.
    pub(crate) fn without_secrets<'r>(&self, response: &'r Response) -> Cow<'r, Response> {
        let masked = |value: &String| String::from_utf8_lossy(&self.masked(value.as_bytes())).into_owned();
        let headers: Vec<_> = response.headers.iter().map(|(name, value)| (name.clone(), masked(value))).collect();
        match self.masked(&response.body) {
            Cow::Borrowed(_) if headers == response.headers => Cow::Borrowed(response),
            body => Cow::Owned(Response { status: response.status, headers, body: body.into_owned() }),
        }
    }

    /// Bytes without the account's keys: the body of an answer, or of a webhook, since A1Base's first generation
    /// brings one along.
    pub(crate) fn masked<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        self.secrets.iter().fold(Cow::Borrowed(bytes), |bytes, secret| {
            let masked = replace(&bytes, secret.as_bytes());
            masked.map_or(bytes, Cow::Owned)
        })
    }
}

fn spellings(provider: &Provider, values: &[(&'static str, String)]) -> Vec<String> {
    // A shorter key would be found in innocent words.
    const SHORTEST: usize = 6;
    let mut spellings = Vec::new();
    for (name, value) in values {
        if !provider.fields().any(|field| field.secret && field.name == *name) {
            continue;
        }
        // A key may have been given behind its scheme, and be repeated without it.
        let secret = value.trim();
        let key = secret.rsplit_once(' ').map_or(secret, |(_, key)| key);
        for key in [secret, key] {
            if key.len() >= SHORTEST {
                spellings.extend([key.to_owned(), key.replace('/', "\\/")]);
            }
        }
    }
    // The longest first: one key may be the beginning of another.
    spellings.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    spellings.dedup();
    spellings
}

/// The bytes with each `secret` masked; `None` where there is none.
fn replace(bytes: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes;
    let mut masked = Vec::new();
    while let Some(at) = find(rest, secret) {
        let (before, from) = rest.split_at(at);
        masked.extend_from_slice(before);
        masked.extend_from_slice(b"***");
        rest = from.get(secret.len()..).unwrap_or_default();
    }
    if rest.len() == bytes.len() {
        return None;
    }
    masked.extend_from_slice(rest);
    Some(masked)
}

impl Provider {
    /// All the fields that an account here may have.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> {
        let common = COMMON.iter().filter(|common| !self.account.iter().any(|field| field.name == common.name));
        self.account.iter().chain(common).copied()
    }
}

// Names only: a value may be a key or a number.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("provider", &self.provider.slug).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        let account = Account::parse(br#"{ "provider": "whatspie", "token": "s3cret-token" }"#).unwrap();
        assert!(!format!("{account:?}").contains("s3cret"));
        let response = Response::json(401, br#"{ "message": "s3cret-token is wrong: s3cret-token" }"#);
        assert_eq!(account.without_secrets(&response).body, br#"{ "message": "*** is wrong: ***" }"#);
        let error =
            Account::parse(br#"{ "provider": "whatspie", "token": "s3cret\ntoken", "tokken": "s3cret" }"#).unwrap_err();
        assert!(!format!("{error:?}").contains("s3cret"));
        assert_eq!(error.errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), ["/token", "/tokken"]);
    }

    #[test]
    fn the_number_is_the_common_field_or_the_providers_own() {
        let number = |fields: &str| Account::parse(fields.as_bytes()).unwrap().number().map(|number| number.e164());
        for (fields, want) in [
            (r#"{ "provider": "whatspie", "token": "t", "device": "6281776521626" }"#, Some("+6281776521626")),
            (
                r#"{ "provider": "whatspie", "token": "t", "device": "6281776521626", "number": "+12025550100" }"#,
                Some("+12025550100"),
            ),
            (
                r#"{ "provider": "a1base", "account_id": "a", "api_key": "k", "api_secret": "s", "from": "+14155552671" }"#,
                Some("+14155552671"),
            ),
            (r#"{ "provider": "wachat", "api_key": "k", "sender": "628970450001" }"#, Some("+628970450001")),
            (r#"{ "provider": "wachat", "api_key": "k", "sender": "desk" }"#, None),
            (
                r#"{ "provider": "wachat", "api_key": "k", "sender": "desk", "number": "+12025550100" }"#,
                Some("+12025550100"),
            ),
            (r#"{ "provider": "whatsspot", "api_key": "k" }"#, None),
        ] {
            assert_eq!(number(fields).as_deref(), want, "{fields}");
        }
    }

    #[test]
    fn a_key_that_begins_another_does_not_bare_its_end() {
        let fields = br#"{ "provider": "a1base", "account_id": "a", "from": "+14155552671", "api_key": "key-123456", "api_secret": "key-123456-more" }"#;
        let response = Response::json(401, b"key-123456-more and key-123456");
        assert_eq!(Account::parse(fields).unwrap().without_secrets(&response).body, b"*** and ***");
    }
}
