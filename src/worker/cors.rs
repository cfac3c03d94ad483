//! Which pages of elsewhere may ask (CORS): those of the configured `origins`. Without them, none.

use super::{
    config::Config,
    host::{Incoming, Outgoing},
    problem::Problem,
    route::Route,
};
use crate::{
    error::{ErrorKind, joined},
    field::check_url,
    input::Input,
};

/// The headers that callers send.
const SENT: &str = "authorization, content-type, idempotency-key, prefer, last-event-id";

/// The headers of answers that a page would not see otherwise.
const SHOWN: &str = "location, retry-after, idempotent-replayed, preference-applied";

/// For how many seconds a browser need not ask again: two hours, the longest that browsers agree on.
const MAX_AGE: &str = "7200";

/// The origin of pages, as browsers write it.
pub(crate) fn origin(input: Input<'_, '_>) -> Option<String> {
    let origin = input.string()?;
    input.right(check(&origin))?;
    Some(origin)
}

fn check(origin: &str) -> Result<(), &'static str> {
    const WRONG: &str = "an origin as browsers write it, like https://app.example: in lower case, no path, a port only where it is not the usual one";
    check_url(origin)?;
    let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
    let port = authority.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
    let usual = if origin.starts_with("https:") { "443" } else { "80" };
    let is_plain = !authority.contains('/') && !authority.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_plain && port.is_none_or(|port| port != usual && !port.starts_with('0')) { Ok(()) } else { Err(WRONG) }
}

/// What a browser needs to hand the answer to the page that asked; nothing where that may not have it. Webhooks are no page's.
pub(crate) fn headers(
    config: Option<&Config>,
    route: Option<Route<'_>>,
    incoming: &Incoming,
) -> Vec<(&'static str, String)> {
    let origin = incoming.header("origin").filter(|_| !route.is_some_and(Route::is_webhook));
    match origin.filter(|origin| config.is_some_and(|config| config.is_open_to(origin))) {
        Some(origin) => vec![
            ("access-control-allow-origin", origin.to_owned()),
            ("access-control-expose-headers", SHOWN.to_owned()),
            ("vary", "Origin".to_owned()),
        ],
        None => Vec::new(),
    }
}

/// The answer to a browser that asks whether a page may ask; `None` where this is no such question.
pub(crate) fn preflight(config: &Config, route: Route<'_>, incoming: &Incoming) -> Option<Outgoing> {
    let is_question = incoming.method == "OPTIONS" && incoming.header("access-control-request-method").is_some();
    let origin = incoming.header("origin").filter(|_| is_question)?;
    if !config.is_open_to(origin) {
        let detail = "pages of this origin may not ask: `origins` in CHASKI_CONFIG must name it";
        return Some(Problem::new(403, ErrorKind::Rejected, detail).respond());
    }
    let headers = vec![
        ("access-control-allow-methods", joined(route.methods().iter(), ", ")),
        ("access-control-allow-headers", SENT.to_owned()),
        ("access-control-max-age", MAX_AGE.to_owned()),
    ];
    Some(Outgoing { status: 204, headers, body: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_write() {
        for origin in [
            "https://app.example",
            "https://app.example:8443",
            "https://xn--bcher-kva.example",
            "http://localhost:3000",
            "http://127.0.0.1",
            "http://[::1]:8787",
            "http://[::1]",
        ] {
            assert_eq!(check(origin), Ok(()), "{origin}");
        }
        for origin in [
            "",
            "*",
            "null",
            "app.example",
            "https://",
            "https://*.example",
            "https://app.example/",
            "https://app.example/in",
            "https://app.example?",
            "https://app.example#",
            "https://user@app.example",
            "https://app.example ",
            " https://app.example",
            "https://App.example",
            "HTTPS://app.example",
            "https://app.example:443",
            "https://app.example:",
            "https://app.example:0443",
            "https://app.example:70000",
            "https://bücher.example",
            "http://app.example",
            "http://localhost:80",
            "http://localhost.app.example",
            "https://a.example, https://b.example",
            "chrome-extension://abc",
            "file://",
            "https://10.0.0.1",
        ] {
            assert!(check(origin).is_err(), "{origin}");
        }
    }
}
