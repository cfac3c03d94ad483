//! The Worker as one function: who may ask, what is asked for, who answers.

use super::{
    config::Config,
    connections, cors, gate,
    host::{Handled, Host, Incoming, Onward, Outgoing},
    key::Key,
    messages, page,
    problem::Problem,
    route::Route,
    token::{self, Pass},
};
use crate::{
    error::{Error, ErrorKind, Violation, joined},
    json::Json,
    provider::PROVIDERS,
    timestamp::Timestamp,
};
use serde::Serialize;
use std::borrow::Cow;

/// The Worker, configured. Made once for each isolate.
pub struct App {
    key: Option<Key>,
    config: Result<Config, Error>,
}

impl App {
    /// A Worker with this `CHASKI_API_KEY` and this `CHASKI_CONFIG`; `secret` looks up what `"$NAME"` stands for.
    pub fn new(key: Option<&str>, config: Option<&str>, secret: impl Fn(&str) -> Option<String>) -> Self {
        let unset = || Error::invalid(vec![Violation::new("", "not set: see the README for an example")]);
        let config = config.ok_or_else(unset).and_then(|json| Config::parse(json, secret));
        Self { key: key.map(str::trim).filter(|key| !key.is_empty()).map(Key::of), config }
    }

    /// A Worker with this environment: variables and secrets by name, as JSON.
    pub fn of_env(env: &str) -> Self {
        let env = Json::parse(env.as_bytes()).unwrap_or(Json::NULL).object();
        // CHASKI_CONFIG may be an object or a string.
        let text = |name: &str| match env.get(name) {
            json if json.is_object() => Some(json.text().to_owned()),
            json => json.string().map(Cow::into_owned),
        };
        Self::new(text("CHASKI_API_KEY").as_deref(), text("CHASKI_CONFIG").as_deref(), text)
    }

    /// The configuration, or what is wrong with all of it.
    pub fn config(&self) -> Result<&Config, &Error> {
        self.config.as_ref()
    }

    /// Answers one request, or tells with what it goes on to the outbox.
    pub async fn handle(&self, host: &impl Host, incoming: &Incoming) -> Handled {
        let route = Route::of(&incoming.path);
        let headers = cors::headers(self.config().ok(), route, incoming);
        let (pass, answer) = match self.admit(incoming, route, host.now()) {
            Ok(pass) => {
                let answer = self.answer(host, incoming, route, pass.as_ref()).await;
                (pass, answer.unwrap_or_else(Some))
            }
            Err(answer) => (None, Some(answer)),
        };
        match answer {
            Some(mut outgoing) => {
                outgoing.headers.extend(headers);
                Handled::Answer(outgoing)
            }
            None => Handled::Onward(Onward { pass, headers }),
        }
    }

    /// Lets a request in, or has the answer at once. Tells what a bearer of a token may do.
    fn admit(&self, incoming: &Incoming, route: Option<Route<'_>>, now: Timestamp) -> Result<Option<Pass>, Outgoing> {
        // Only who has the key learns what there is.
        let is_api = incoming.path == "/v1" || incoming.path.starts_with("/v1/");
        let key = is_api.then(|| self.key.as_ref().ok_or_else(closed)).transpose()?;
        // Webhooks have a key or a signature of their own, which their routes look at.
        if route.is_some_and(Route::is_webhook) {
            return Ok(None);
        }
        // Browsers ask without a key whether they may ask with one.
        if let (Some(route), Ok(config)) = (route, self.config())
            && let Some(answer) = cors::preflight(config, route, incoming)
        {
            return Err(answer);
        }
        key.map_or(Ok(None), |key| authorize(key, incoming, now).map_err(|problem| problem.respond()))
    }

    async fn answer(
        &self,
        host: &impl Host,
        incoming: &Incoming,
        route: Option<Route<'_>>,
        pass: Option<&Pass>,
    ) -> Result<Option<Outgoing>, Outgoing> {
        let Some(route) = route else {
            return Err(Problem::not_found("there is nothing at this path").respond());
        };
        if !is_allowed(route, incoming) {
            let methods = joined(route.methods().iter(), ", ");
            let detail = format!("this path answers to {methods} only");
            let allow = methods.replace("GET", "GET, HEAD");
            return Err(Problem::new(405, ErrorKind::Invalid, detail).respond().with("allow", allow));
        }

        let config = || self.config.as_ref().map_err(|error| Problem::misconfigured(error.clone()).respond());
        let answer = match route {
            Route::Healthz => Ok(self.health()),
            Route::Providers => {
                Ok(page::whole(&PROVIDERS.iter().map(|provider| provider.describe()).collect::<Vec<_>>()))
            }
            Route::Connections => Ok(connections::list(config()?)),
            Route::Health(name) => connections::health(host, config()?, name).await,
            Route::Groups(name) => connections::groups(host, config()?, name).await,
            Route::Preview => messages::preview(config()?, incoming, pass),
            Route::Tokens => token::mint(config()?, self.key.as_ref().ok_or_else(closed)?, host, incoming),
            Route::Inbound(connection, key) => {
                let admitted = gate::admit_report(config()?, connection, key, incoming, host.now());
                return admitted.map(|()| None).map_err(|problem| problem.respond());
            }
            Route::Hook(name, key) => {
                let admitted = gate::admit_call(config()?, name, key, incoming, host.now());
                return admitted.map(|()| None).map_err(|problem| problem.respond());
            }
            Route::Messages | Route::Message(_) | Route::Resolve(_) => return config().map(|_| None),
            Route::Events | Route::Subscribers | Route::Deliveries(_) | Route::Replay(_) => {
                return config().map(|_| None);
            }
        };
        answer.map(Some).map_err(|problem| problem.respond())
    }

    /// Whether the configuration is whole. Open to everyone: it names what is missing, and nothing that is there.
    fn health(&self) -> Outgoing {
        let mut errors = match &self.config {
            Ok(config) => config.errors(),
            Err(error) if error.errors.is_empty() => vec![Violation::new("", error.message.as_str())],
            Err(error) => error.errors.clone(),
        };
        if self.key.is_none() {
            errors.push(Violation::new("", NO_KEY));
        }
        let (status, code) = if errors.is_empty() { ("ok", 200) } else { ("misconfigured", 503) };
        Outgoing::json(code, &Healthz { status, version: env!("CARGO_PKG_VERSION"), errors })
    }
}

/// Closed without a key, not open.
fn closed() -> Outgoing {
    Problem::new(503, ErrorKind::Unavailable, NO_KEY).respond()
}

/// Lets in who shows the key, or a token that was made with it and is for this.
fn authorize(key: &Key, incoming: &Incoming, now: Timestamp) -> Result<Option<Pass>, Problem> {
    let given = incoming.header("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let Some(given) = given else {
        let detail = "this needs the header `Authorization: Bearer <CHASKI_API_KEY>`, or a token in place of the key";
        return Err(Problem::unauthorized(detail));
    };
    if key.is(given) {
        return Ok(None);
    }
    let Some(pass) = Pass::open(given, key) else {
        return Err(Problem::unauthorized(match Pass::is_like(given) {
            true => "this token was not made with the Worker's CHASKI_API_KEY of today: mint another (POST /v1/tokens)",
            false => "this is neither the Worker's CHASKI_API_KEY nor a token",
        }));
    };
    pass.admit(incoming, now)?;
    Ok(Some(pass))
}

fn is_allowed(route: Route<'_>, incoming: &Incoming) -> bool {
    let method = if incoming.method == "HEAD" { "GET" } else { &incoming.method };
    route.methods().contains(&method)
}

const NO_KEY: &str = "CHASKI_API_KEY is not set: npx wrangler secret put CHASKI_API_KEY";

/// How the Worker is.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "WorkerHealth"))]
pub(super) struct Healthz {
    /// `ok`, or `misconfigured`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["ok", "misconfigured"])))]
    status: &'static str,
    /// The version of Chaski.
    version: &'static str,
    /// What is wrong with the configuration.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Violation>,
}
