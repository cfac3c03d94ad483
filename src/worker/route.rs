//! The paths of the API.

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route<'p> {
    Healthz,
    Providers,
    Connections,
    Health(&'p str),
    Groups(&'p str),
    Preview,
    Messages,
    Message(&'p str),
    Resolve(&'p str),
    Inbound(&'p str, Option<&'p str>),
    Hook(&'p str, &'p str),
    Events,
    Subscribers,
    Deliveries(&'p str),
    Replay(&'p str),
    Tokens,
}

impl<'p> Route<'p> {
    /// The route of a path.
    pub(crate) fn of(path: &'p str) -> Option<Self> {
        let segments: Vec<_> = path.strip_prefix('/')?.split('/').collect();
        Some(match segments.as_slice() {
            ["healthz"] => Self::Healthz,
            ["v1", "providers"] => Self::Providers,
            ["v1", "connections"] => Self::Connections,
            ["v1", "connections", name, "health"] => Self::Health(name),
            ["v1", "connections", name, "groups"] => Self::Groups(name),
            ["v1", "messages"] => Self::Messages,
            ["v1", "messages", "preview"] => Self::Preview,
            ["v1", "messages", id] => Self::Message(id),
            ["v1", "messages", id, "resolve"] => Self::Resolve(id),
            ["v1", "inbound", connection] => Self::Inbound(connection, None),
            ["v1", "inbound", connection, key] => Self::Inbound(connection, Some(key)),
            ["v1", "hooks", name, key] => Self::Hook(name, key),
            ["v1", "events"] => Self::Events,
            ["v1", "subscribers"] => Self::Subscribers,
            ["v1", "subscribers", name, "deliveries"] => Self::Deliveries(name),
            ["v1", "subscribers", name, "replay"] => Self::Replay(name),
            ["v1", "tokens"] => Self::Tokens,
            _ => return None,
        })
    }

    /// The methods that it answers to.
    pub(crate) fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Healthz | Self::Providers | Self::Connections | Self::Health(_) | Self::Groups(_) => &["GET"],
            Self::Events | Self::Subscribers | Self::Deliveries(_) => &["GET"],
            Self::Messages => &["GET", "POST"],
            Self::Message(_) => &["GET", "DELETE"],
            Self::Preview | Self::Resolve(_) | Self::Replay(_) | Self::Tokens => &["POST"],
            Self::Inbound(..) | Self::Hook(..) => &["POST"],
        }
    }

    /// Whether others post here, with a key or a signature of their own.
    pub(crate) fn is_webhook(self) -> bool {
        matches!(self, Self::Inbound(..) | Self::Hook(..))
    }
}
