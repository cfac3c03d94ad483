//! URLs that the owner gives: a base URL, a subscriber's, a page's. What is taken is what every fetch takes it for, and only
//! loopback is asked without TLS.

#![no_main]

use chaski::{Account, worker::Config};
use chaski_fuzz::{hold, laws::paths::is_a_base_url, worker_laws::configurations::may_subscribe};
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use url::{Host, Url};

/// What any fetch makes of it: it goes to the host that is written there, or, where that is none, nowhere.
fn goes_where_it_says(text: &str) -> Option<Url> {
    // Not every name of letters and digits is a host: `1.2.3.4.5`, `xn--a`.
    let url = Url::parse(text).ok()?;
    let (scheme, rest) = text.split_once("://").unwrap();
    let authority = rest.split(['/', '?']).next().unwrap();
    assert_eq!(url.scheme(), scheme, "{text}");
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{text}");
    let is_loopback = match url.host().unwrap() {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    assert!(scheme == "https" || is_loopback, "{text} is asked without TLS");
    let host = url.host_str().unwrap();
    let written =
        authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(authority, |(host, _)| host);
    // An address may be written in other ways; whatever way, it is nobody else's name.
    assert!(host == written.to_ascii_lowercase() || matches!(url.host(), Some(Host::Ipv4(_))), "{text} goes to {host}");
    Some(url)
}

fuzz_target!(|text: &str| {
    hold(is_a_base_url(text));
    let account = json!({ "provider": "whatspie", "token": "t", "base_url": text });
    if Account::parse(account.to_string().as_bytes()).is_ok() {
        let url = goes_where_it_says(text);
        assert!(url.is_none_or(|url| url.query().is_none()), "{text}");
    }

    // A dollar begins the name of a secret.
    if !text.starts_with('$') && may_subscribe(text) {
        goes_where_it_says(text);
    }

    let config = json!({ "connections": { "ops": { "provider": "whatspie", "token": "t" } }, "origins": [text] });
    if Config::parse(&config.to_string(), |_| None).is_ok() {
        let url = goes_where_it_says(text);
        // Another spelling of an address is no page's origin, and opens nothing.
        let url = url.filter(|url| matches!(url.host(), Some(Host::Domain(_))));
        assert!(
            url.is_none_or(|url| url.origin().ascii_serialization() == text),
            "not an origin as browsers write it: {text}"
        );
    }
});
