//! Whatspie: hosted gateway. JSON, bearer token, webhooks without a signature.
//! Docs: <https://docs.whatspie.com>

use super::{Feature, Provider, is_group_jid};
use crate::{
    account::{Account, Field, FieldKind},
    answer::{Answer, lenient, scalar},
    call::{CheckAccount, Endpoint, ListGroups, MessageStatus, Quota},
    error::{Error, ErrorKind, Violation},
    http::{Request, segment},
    media::{Media, MediaKind},
    message::{Message, Recipient},
    reply::{AccountCheck, Group, Groups, QuotaReport, Receipt, StatusReport},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

const TOKEN: Field = Field::text("token", "API token, from the dashboard's profile").required().secret();
const DEVICE: Field = Field::new("device", FieldKind::Phone, "Number of the sending device");

const STORED: Field = Field::text("message", "The text that Whatspie stores, if not the one that is sent");
const TYPE: Field = Field::new("type", FieldKind::OneOf(&["chat", "image", "file", "location"]), "Whatspie's type of the message");
const PARAMS: Field = Field::new("params", FieldKind::Object, "Further params, such as a location; they go before ours");
const VIEW_ONCE: Field = Field::new("view_once", FieldKind::Flag, "An image or video that can be seen once");

pub(super) static PROVIDER: Provider = Provider {
    slug: "whatspie",
    name: "Whatspie",
    docs: "https://docs.whatspie.com",
    base_url: Some("https://api.whatspie.com"),
    account: &[&TOKEN, &DEVICE],
    options: &[&STORED, &TYPE, &PARAMS, &VIEW_ONCE],
    features: &[
        Feature::Group,
        Feature::Phone,
        Feature::Image,
        Feature::Video,
        Feature::Document,
        Feature::MediaUrl,
        Feature::Caption,
        Feature::Mentions,
        Feature::ReplyTo,
        Feature::Typing,
    ],
    text_limit: Some(4096),
    media_limits: &[(MediaKind::Image, 16_000_000), (MediaKind::Video, 64_000_000), (MediaKind::Document, 100_000_000)],
    group_id: "Whatspie's number of the group (495), or WhatsApp's id (120363022368688477@g.us)",
    is_group_id,
    refine,
    send_message: Endpoint { docs: "https://docs.whatspie.com/docs/whatspie/send-messageto-groupby-group-id", request: send, reply: sent },
    message_status: Some(Endpoint { docs: "https://docs.whatspie.com", request: status, reply: reported }),
    check_account: Some(Endpoint { docs: "https://docs.whatspie.com", request: |account, _: &CheckAccount| devices(account), reply: checked }),
    quota: Some(Endpoint { docs: "https://docs.whatspie.com", request: |account, _: &Quota| devices(account), reply: counted }),
    list_groups: Some(Endpoint { docs: "https://docs.whatspie.com", request: groups, reply: listed }),
};

fn is_group_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit()) || is_group_jid(id)
}

fn signed(account: &Account, request: Request) -> Result<Request, Error> {
    let token = format!("Bearer {}", account.need(&TOKEN)?);
    Ok(request.header("accept", "application/json; charset=utf-8").secret("authorization", token))
}

fn send(account: &Account, message: &Message) -> Result<Request, Error> {
    let text = message.text.as_deref();
    let option = |field: &Field| message.option(&PROVIDER, field.name);
    let (kind, mut params) = match &message.media {
        Some(media) => of_media(media, text, option(&VIEW_ONCE)),
        None => ("chat", text.map(|text| ("text".to_owned(), text.into())).into_iter().collect()),
    };
    if !message.mentions.is_empty() {
        params.insert("mentions".to_owned(), message.mentions.iter().map(|phone| Value::from(phone.jid())).collect());
    }
    if let Some(id) = &message.reply_to {
        params.insert("quotedMessageId".to_owned(), id.as_str().into());
    }
    if let Some(Value::Object(more)) = option(&PARAMS) {
        params.extend(more.clone());
    }

    let mut body = Map::new();
    let path = match message.to.single() {
        Some(Recipient::Group(id)) => {
            // The seed requires `message` beside `params`; later pages drop it. It is what Whatspie stores.
            let stored = text.or(message.media.as_ref().and_then(|media| media.filename.as_deref())).unwrap_or_default();
            body.insert("message".to_owned(), option(&STORED).cloned().unwrap_or_else(|| stored.into()));
            format!("/groups/{id}/send")
        }
        Some(Recipient::Phone(phone)) => {
            body.insert("receiver".to_owned(), phone.digits().into());
            "/messages".to_owned()
        }
        None => return Err(Error::unsupported(vec![Violation::new("/to", "one recipient")])),
    };
    body.insert("type".to_owned(), option(&TYPE).cloned().unwrap_or_else(|| kind.into()));
    body.insert("params".to_owned(), params.into());
    if let Some(device) = account.get(&DEVICE).and_then(|device| crate::Phone::parse(device).ok()) {
        body.insert("device".to_owned(), device.digits().into());
    }
    if let Some(typing) = message.typing {
        body.insert("simulate_typing".to_owned(), u8::from(typing).into());
    }
    signed(account, Request::json(account.url(path), &body)?)
}

/// Type and params; since 2026-07 a video is a `file` too.
fn of_media(media: &Media, caption: Option<&str>, view_once: Option<&Value>) -> (&'static str, Map<String, Value>) {
    let (kind, mut params) = match media.kind {
        MediaKind::Image => ("image", json!({ "image": { "url": media.url } })),
        MediaKind::Video => ("file", json!({ "video": { "url": media.url }, "mimetype": media.mime() })),
        MediaKind::Audio | MediaKind::Document => {
            ("file", json!({ "document": { "url": media.url }, "fileName": media.name(), "mimetype": media.mime() }))
        }
    };
    if let (Some(params), Some(caption)) = (params.as_object_mut(), caption) {
        params.insert("caption".to_owned(), caption.into());
    }
    if let (Some(params), Some(view_once)) = (params.as_object_mut(), view_once) {
        params.insert("viewOnce".to_owned(), view_once.clone());
    }
    (kind, object(params))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[derive(Deserialize, Default)]
struct Sent {
    #[serde(default, deserialize_with = "scalar")]
    id: Option<String>,
    #[serde(default, deserialize_with = "scalar")]
    status: Option<String>,
    #[serde(default, deserialize_with = "scalar")]
    failed_reason: Option<String>,
}

fn sent(_: &Account, answer: &Answer<'_>) -> Result<Receipt, Error> {
    let sent: Sent = answer.data();
    Ok(Receipt::new(answer, sent.id, sent.status))
}

fn status(account: &Account, call: &MessageStatus) -> Result<Request, Error> {
    signed(account, Request::get(account.url(format_args!("/messages/{}", segment(&call.id)))))
}

fn reported(_: &Account, answer: &Answer<'_>) -> Result<StatusReport, Error> {
    let sent: Sent = answer.data();
    Ok(StatusReport { reason: sent.failed_reason, ..StatusReport::new(answer, sent.id, sent.status) })
}

fn devices(account: &Account) -> Result<Request, Error> {
    signed(account, Request::get(account.url("/devices")))
}

#[derive(Deserialize, Default)]
struct Device {
    #[serde(default, deserialize_with = "scalar")]
    name: Option<String>,
    #[serde(default, alias = "number", alias = "phone", alias = "device", deserialize_with = "scalar")]
    phone_number: Option<String>,
    #[serde(default, deserialize_with = "scalar")]
    paired_status: Option<String>,
    // The v2 pages write it with a capital.
    #[serde(default, alias = "Subscription", deserialize_with = "lenient")]
    subscription: Option<Subscription>,
}

#[derive(Deserialize, Default)]
struct Subscription {
    #[serde(default, deserialize_with = "scalar")]
    quote_available: Option<String>,
    #[serde(default, deserialize_with = "scalar")]
    quote_used: Option<String>,
}

/// The account's device, else the first.
fn device(account: &Account, answer: &Answer<'_>) -> Device {
    let devices: Vec<Device> = answer.data_array();
    let (mut own, mut others): (Vec<_>, Vec<_>) =
        devices.into_iter().partition(|device| device.phone_number.is_some() && device.phone_number.as_deref() == account.get(&DEVICE));
    own.append(&mut others);
    own.into_iter().next().unwrap_or_default()
}

fn checked(account: &Account, answer: &Answer<'_>) -> Result<AccountCheck, Error> {
    let device = device(account, answer);
    let connected = device.paired_status.map(|status| status == "PAIRED");
    Ok(AccountCheck { connected, name: device.name, number: device.phone_number, raw: answer.raw() })
}

fn counted(account: &Account, answer: &Answer<'_>) -> Result<QuotaReport, Error> {
    let subscription = device(account, answer).subscription.unwrap_or_default();
    // "-1" is no limit.
    let count = |text: Option<String>| text?.parse().ok().filter(|count: &i64| *count >= 0);
    let (remaining, used) = (count(subscription.quote_available), count(subscription.quote_used));
    Ok(QuotaReport { limit: None, used, remaining, raw: answer.raw() })
}

fn groups(account: &Account, _: &ListGroups) -> Result<Request, Error> {
    signed(account, Request::get(account.url("/groups")))
}

#[derive(Deserialize, Default)]
struct Row {
    #[serde(default, deserialize_with = "scalar")]
    id: Option<String>,
    #[serde(default, deserialize_with = "scalar")]
    title: Option<String>,
    #[serde(default, deserialize_with = "scalar")]
    jid: Option<String>,
}

fn listed(_: &Account, answer: &Answer<'_>) -> Result<Groups, Error> {
    let rows: Vec<Row> = answer.data_array();
    let items = rows.into_iter().filter_map(|row| Some(Group { id: row.id?, name: row.title, jid: row.jid })).collect();
    Ok(Groups { items, raw: answer.raw() })
}

/// 403 is also the answer to a spent quota ("Quote Exceeded", sic) and to a group that the device is not in.
fn refine(error: Error) -> Error {
    match error.status {
        Some(403) if error.says("quote exceeded") => error.of_kind(ErrorKind::Quota),
        Some(403) if error.says("not a member") => error.of_kind(ErrorKind::Rejected),
        Some(400) if error.says("device not connected") => error.of_kind(ErrorKind::Offline),
        _ => error,
    }
}
