//! The Cloudflare Worker: one HTTP API in front of all providers.
//!
//! Handlers are functions of plain values, run natively in tests: an [`Incoming`] request comes in, an
//! [`Outgoing`] answer goes out, and what lies between (fetch, time, chance) is asked of a [`Host`]. Only the
//! door touches the real host.
//!
//! ```text
//! door.js ── Incoming ──▶ App ──▶ messages, connections ──▶ core
//!    ▲                     │
//!    └── fetch ◀── Host ◀──┘
//! ```

mod app;
mod config;
mod connections;
mod delivery;
#[cfg(target_arch = "wasm32")]
mod door;
mod host;
mod messages;
mod problem;

pub use app::App;
pub use config::Config;
pub use host::{Failure, Host, Incoming, Outgoing};

/// Puts what the Worker answers among the definitions.
#[cfg(feature = "schema")]
pub(crate) fn define(generator: &mut schemars::SchemaGenerator) {
    generator.subschema_for::<delivery::Delivery<'_>>();
    generator.subschema_for::<messages::Preview<'_, crate::http::Masked<'_>>>();
    generator.subschema_for::<connections::Connection<'_>>();
    generator.subschema_for::<connections::Health<'_>>();
    generator.subschema_for::<problem::Problem>();
}
