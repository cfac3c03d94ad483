//! Who gets the events: `subscribers` of `CHASKI_CONFIG`.

use super::standard::Secret;
use crate::{
    account::{Secrets, value},
    error::joined,
    event::EventKind,
    field::{Field, check_url},
    input::Input,
};

/// Where events go, and which.
pub(crate) struct Subscriber {
    pub(crate) url: String,
    /// What the events are signed with: the secret, and while it is being replaced the one before.
    pub(crate) secrets: Vec<Secret>,
    /// The types that it wants, as patterns; `*` stands for anything.
    patterns: Vec<String>,
    /// The connections whose events it wants; `None` is all.
    pub(crate) connections: Option<Vec<String>>,
    /// Seconds from each try that failed to the next one.
    pub(crate) retries: Vec<u32>,
}

const URL: Field = Field::text("url", "Where its events go").secret();
const SECRET: Field = Field::token("secret", "What its events are signed with").secret();

/// The retry schedule of Standard Webhooks 1.0: nine times in three days after the first try, in seconds.
const RETRIES: [u32; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// How often one event is tried at most.
pub(crate) const MOST: i64 = 30;

/// The types of which the Worker itself is the source.
const OWN: [&str; 2] = [DOWN, UP];

/// A subscriber is paused.
pub(crate) const DOWN: &str = "subscriber.down";

/// It is no longer.
pub(crate) const UP: &str = "subscriber.up";

impl Subscriber {
    /// Reads one subscriber; `secret` looks up what a value `"$NAME"` stands for.
    pub(crate) fn read(input: Input<'_, '_>, secret: Secrets<'_>) -> Option<Self> {
        let mut members = input.members()?;
        let url = members.required("url").and_then(|input| {
            let url = value(&URL, input, Some(secret))?;
            input.right(check_target(&url))?;
            Some(url)
        });
        let read_secret = |input: Input<'_, '_>| input.right(Secret::parse(&value(&SECRET, input, Some(secret))?));
        let current = members.required("secret").and_then(read_secret);
        let previous = members.optional("previous_secret").and_then(read_secret);
        let patterns = members.optional("events").and_then(|input| input.items(pattern));
        let connections = members.optional("connections").and_then(|input| input.items(|input| input.string()));
        let retries = members.optional("retries").and_then(|input| {
            let retries = input.items(|input| input.count_from(1).filter(|seconds| is_wait(input, *seconds)))?;
            if i64::try_from(retries.len()).is_ok_and(|count| count < MOST) {
                Some(retries)
            } else {
                input.wrong(format!("up to {} waits", MOST - 1))
            }
        });
        members.end();
        Some(Self {
            url: url?,
            secrets: [current, previous].into_iter().flatten().collect(),
            patterns: patterns.unwrap_or_else(|| vec!["*".to_owned()]),
            connections,
            retries: retries.unwrap_or_else(|| RETRIES.to_vec()),
        })
    }

    /// The types that it wants, as patterns of SQLite's GLOB.
    pub(crate) fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether it wants events of this type and connection.
    pub(crate) fn wants(&self, kind: &str, connection: Option<&str>) -> bool {
        let fits = |pattern: &String| is_match(pattern, kind);
        let is_from = |wanted: &Vec<String>| wanted.iter().any(|name| Some(name.as_str()) == connection);
        self.patterns.iter().any(fits) && self.connections.as_ref().is_none_or(is_from)
    }

    /// Where it is, without what may be a key in the URL.
    pub(crate) fn origin(&self) -> &str {
        let path = self.url.match_indices('/').nth(2).map(|(at, _)| at);
        let end = path.or_else(|| self.url.find('?')).unwrap_or(self.url.len());
        self.url.get(..end).unwrap_or_default()
    }

    /// A text of its own, without what may be a key in the URL.
    pub(crate) fn masked(&self, text: &str) -> String {
        // A shorter one would be found in innocent words.
        const SHORTEST: usize = 12;
        let rest = self.url.get(self.origin().len()..).unwrap_or_default();
        let keys = rest.split(['/', '?', '&', '=']).filter(|key| key.len() >= SHORTEST);
        keys.fold(text.to_owned(), |text, key| text.replace(key, "***"))
    }
}

/// A URL that may have a query.
fn check_target(url: &str) -> Result<(), &'static str> {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    // What RFC 3986 lets stand there.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/@:%!$&'()*+,;=?".contains(&byte);
    if query.bytes().all(plain) { check_url(place) } else { Err("a URL without a fragment, its query encoded") }
}

fn is_wait(input: Input<'_, '_>, seconds: u32) -> bool {
    const DAY: u32 = 86_400;
    seconds <= DAY || input.wrong::<()>("seconds, up to a day (86400)").is_some()
}

/// All types of events.
pub(crate) fn types() -> impl Iterator<Item = &'static str> {
    EventKind::WORDS.iter().map(|(word, _)| *word).chain(OWN)
}

/// A type of events, or a pattern that fits some.
fn pattern(input: Input<'_, '_>) -> Option<String> {
    let pattern = input.string()?;
    input.right(check_pattern(&pattern))?;
    Some(pattern)
}

/// What is wrong with a pattern.
pub(crate) fn check_pattern(pattern: &str) -> Result<(), String> {
    match types().any(|word| is_match(pattern, word)) {
        true => Ok(()),
        false => Err(format!("a type of events, or a pattern like message.*; there are {}", joined(types(), ", "))),
    }
}

fn is_match(pattern: &str, word: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None => word == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_type_or_its_beginning() {
        for pattern in ["*", "message.*", "message.read", "other", "subscriber.*", "connection.d*"] {
            assert_eq!(check_pattern(pattern), Ok(()), "{pattern}");
        }
        for pattern in ["", "message", "messages.*", "*.read", "message.[a-z]*", "message.?ead", "**"] {
            assert!(check_pattern(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn an_origin_has_no_path_and_no_query() {
        let origin = |url: &str| {
            Subscriber { url: url.to_owned(), secrets: vec![], patterns: vec![], connections: None, retries: vec![] }
                .origin()
                .to_owned()
        };
        for url in
            ["https://crm.example", "https://crm.example/", "https://crm.example/in?key=1", "https://crm.example?key=1"]
        {
            assert_eq!(origin(url), "https://crm.example", "{url}");
        }
    }
}
