//! One client for five WhatsApp gateways, for the edge.
//!
//! The crate is a **core** of pure functions: an [`Account`] turns a [`Call`] into a [`Request`], the host
//! sends it, and the account turns the [`Response`] into a reply or an [`Error`], and a [`Webhook`] into
//! [`Event`]s. It does no I/O, reads no clock and no environment, draws no random numbers and writes no log.
//!
//! ```
//! use chaski::{Account, Message, Response};
//!
//! let account = Account::parse(br#"{ "provider": "whatspie", "token": "secret" }"#)?;
//! let message = Message::parse(br#"{ "to": { "group": "495" }, "text": "Hello" }"#)?;
//!
//! let request = account.request(&message)?; // hand this to the host's fetch …
//! assert_eq!(request.url, "https://api.whatspie.com/groups/495/send");
//!
//! let response = Response::json(200, br#"{ "data": { "id": "7637842", "status": "PENDING" } }"#);
//! let receipt = account.reply::<Message>(&response)?; // … and its answer to the account.
//! assert_eq!(receipt.id.as_deref(), Some("7637842"));
//! # Ok::<(), chaski::Error>(())
//! ```
//!
//! Feature `worker` adds the Cloudflare Worker, feature `npm` the module for JavaScript.

mod account;
mod answer;
mod base64;
mod bytes;
mod call;
#[cfg(feature = "worker")]
mod degrade;
pub mod delivery;
mod draft;
mod error;
mod event;
mod field;
mod form;
mod http;
mod input;
mod json;
mod media;
mod message;
mod options;
mod pace;
mod phone;
mod provider;
mod reply;
#[cfg(feature = "schema")]
pub mod schema;
mod signature;
mod status;
mod timestamp;
mod webhook;
#[cfg(any(feature = "npm", all(feature = "worker", target_arch = "wasm32")))]
mod wire;
mod write;

#[cfg(feature = "npm")]
mod npm;
#[cfg(feature = "worker")]
pub mod worker;

pub use account::Account;
pub use call::{AnyCall, AnyReply, Call, CheckAccount, Endpoint, ListGroups, MessageStatus, Quota};
pub use error::{Details, Error, ErrorKind, Outcome, Violation};
pub use event::{Event, EventKind, EventMessage, Sender};
pub use field::{Field, FieldKind};
pub use http::{Body, Header, Method, Part, Request, Response};
pub use json::Raw;
pub use media::{Media, MediaKind};
pub use message::{Message, OnAmbiguous, OnUnsupported, Recipient, To, Via};
pub use options::Options;
pub use pace::{Budget, Pace};
pub use phone::Phone;
pub use provider::{Feature, PROVIDERS, Provider};
pub use reply::{AccountCheck, Group, Groups, QuotaReport, Receipt, RecipientReceipt, StatusReport};
pub use status::Status;
pub use timestamp::Timestamp;
pub use webhook::{Inbound, Webhook};

#[cfg(all(target_arch = "wasm32", any(feature = "worker", feature = "npm")))]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
