//! The Cloudflare Worker: one HTTP API in front of all providers.
//!
//! Handlers are functions of plain values, run natively in tests: an [`Incoming`] request comes in, an
//! [`Outgoing`] answer goes out, and what lies between (fetch, storage, time, chance) is asked of a [`Host`] or a
//! [`Storage`]. Only the door and the desk touch the real ones.
//!
//! ```text
//! door.js ── Incoming ──▶ App ──▶ connections, preview ──▶ core
//!    │ ▲                   │ ├──▶ key, token: who asks, and for what
//!    │ │                   │ └──▶ gate: keys and signatures of webhooks
//!    │ └─── fetch ◀─ Host ◀┘
//!    ▼
//! outbox.js ── steps ──▶ Outbox ──▶ delivery, core (messages), relay (events), hook (what others post)
//!    ▲ ▲                   │ │
//!    │ └─── SQL ◀─ Storage ◀┘ │
//!    └───── fetch, alarm ◀────┘
//! ```

mod app;
mod config;
mod connections;
mod cors;
#[cfg(target_arch = "wasm32")]
mod desk;
#[cfg(target_arch = "wasm32")]
mod door;
mod gate;
mod hook;
mod host;
mod key;
mod messages;
#[cfg(feature = "schema")]
mod openapi;
mod outbox;
mod page;
mod plan;
mod problem;
mod query;
mod relay;
mod route;
mod standard;
mod storage;
mod subscriber;
mod token;
mod work;

pub use app::App;
pub use config::Config;
pub use host::{Failure, Handled, Headers, Host, Incoming, Onward, Outgoing, outcome};
pub use outbox::{Outbox, faulty};
pub use storage::{Fault, Storage};
pub use token::Pass;
pub use work::{Asked, Errand, Fetch, News, Work};

#[cfg(feature = "schema")]
pub use openapi::document as openapi;
#[cfg(feature = "schema")]
pub(crate) use subscriber::types as event_types;
#[cfg(all(test, feature = "schema"))]
pub(crate) use token::Grant as TokenRequest;

/// Puts what only the Worker is asked among the definitions.
#[cfg(feature = "schema")]
pub(crate) fn define_taken(generator: &mut schemars::SchemaGenerator) {
    generator.subschema_for::<token::Grant>();
}

/// Puts what the Worker answers among the definitions.
#[cfg(feature = "schema")]
pub(crate) fn define(generator: &mut schemars::SchemaGenerator) {
    generator.subschema_for::<app::Healthz>();
    generator.subschema_for::<outbox::Resource>();
    generator.subschema_for::<outbox::Batch>();
    generator.subschema_for::<crate::delivery::Verdict>();
    generator.subschema_for::<messages::Preview<'_, crate::http::Masked<'_>>>();
    generator.subschema_for::<connections::Connection<'_>>();
    generator.subschema_for::<connections::Health<'_>>();
    generator.subschema_for::<outbox::Hooked>();
    generator.subschema_for::<relay::LoggedEvent<'_>>();
    generator.subschema_for::<relay::SubscriberResource<'_>>();
    generator.subschema_for::<relay::WebhookDelivery>();
    generator.subschema_for::<relay::Replayed>();
    generator.subschema_for::<token::Token>();
    generator.subschema_for::<problem::Told<'_>>();
}
