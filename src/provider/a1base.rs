//! A1Base: hosted gateway. JSON, key and secret in headers, account in the path, three dialects.
//! Docs: <https://docs.a1base.com>

use super::{Feature, Provider, is_id};
use crate::{
    account::{Account, Field, FieldKind},
    answer::Answer,
    call::{CheckAccount, Endpoint, ListGroups, MessageStatus},
    error::Error,
    http::{Request, segment},
    media::{Media, MediaKind},
    message::{Message, Recipient},
    phone::Phone,
    reply::{AccountCheck, Group, Groups, Receipt, StatusReport},
};
use serde::Serialize;
use std::borrow::Cow;

/// The three bodies that A1Base documents for the same send; no two are ever mixed.
const DIALECTS: FieldKind = FieldKind::OneOf(&["content", "message", "universal"]);

const ACCOUNT_ID: Field = Field::new("account_id", FieldKind::Segment, "Account id, part of every path").required();
const API_KEY: Field = Field::token("api_key", "API key").required().secret();
const API_SECRET: Field = Field::token("api_secret", "API secret").required().secret();
const FROM: Field = Field::new("from", FieldKind::Phone, "Number of the sending agent").required();
const SERVICE: Field = Field::token("service", "whatsapp, if not another");
const DIALECT: Field = Field::new("dialect", DIALECTS, "Body of a send: content, if not another");

const SERVICE_OPTION: Field = Field::token("service", "Another service than the account's");
const DIALECT_OPTION: Field = Field::new("dialect", DIALECTS, "Another dialect than the account's");
const MEDIA_SIZE: Field =
    Field::new("media_size", FieldKind::Count, "Bytes behind media.url, checked against A1Base's limits, not sent");

const DOCS: &str = "https://docs.a1base.com";

pub(super) static PROVIDER: Provider = Provider {
    slug: "a1base",
    name: "A1Base",
    docs: DOCS,
    base_url: Some("https://api.a1base.com"),
    account: &[&ACCOUNT_ID, &API_KEY, &API_SECRET, &FROM, &SERVICE, &DIALECT],
    options: &[&DIALECT_OPTION, &SERVICE_OPTION, &MEDIA_SIZE],
    features: &[
        Feature::Group,
        Feature::Phone,
        Feature::Image,
        Feature::Video,
        Feature::Audio,
        Feature::Document,
        Feature::MediaUrl,
        Feature::Caption,
        Feature::DocumentCaption,
    ],
    text_limit: None,
    media_limits: &[
        (MediaKind::Image, 5_000_000),
        (MediaKind::Video, 16_000_000),
        (MediaKind::Audio, 16_000_000),
        (MediaKind::Document, 100_000_000),
    ],
    group_id: "A1Base's thread_id: letters, digits and - _ . : @",
    is_group_id: |id| is_id(id, "-_.:@"),
    refine: |error| error,
    send_message: Endpoint {
        docs: "https://docs.a1base.com/api-reference/group-messages/create",
        request: send,
        reply: sent,
    },
    message_status: Some(Endpoint { docs: DOCS, request: status, reply: reported }),
    // There is no call for it: the list of threads answers only to a good key.
    check_account: Some(Endpoint { docs: DOCS, request: |account, _: &CheckAccount| threads(account), reply: checked }),
    list_groups: Some(Endpoint { docs: DOCS, request: |account, _: &ListGroups| threads(account), reply: listed }),
    quota: None,
};

fn signed(account: &Account, request: Request) -> Result<Request, Error> {
    Ok(request.secret("x-api-key", account.need(&API_KEY)?).secret("x-api-secret", account.need(&API_SECRET)?))
}

#[derive(Serialize)]
struct Address<'a> {
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    service: Cow<'a, str>,
}

/// Dialect `content`: the one behind the vendor's own SDKs.
#[derive(Serialize)]
struct Content<'a> {
    #[serde(flatten)]
    address: Address<'a>,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment_uri: Option<&'a str>,
}

/// Dialect `message`: the examples of the vendor's page.
#[derive(Serialize)]
struct Flat<'a> {
    #[serde(flatten)]
    address: Address<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_type: Option<&'static str>,
    #[serde(flatten)]
    media: Option<Attachment<'a>>,
}

/// Dialect `universal`: the "newer universal endpoint" of the same page.
#[derive(Serialize)]
struct Universal<'a> {
    #[serde(flatten)]
    address: Address<'a>,
    #[serde(rename = "type")]
    kind: &'static str,
    content: UniversalContent<'a>,
}

#[derive(Serialize)]
struct UniversalContent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(flatten)]
    media: Option<Attachment<'a>>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    media_url: Option<&'a str>,
    media_type: MediaKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<&'a str>,
}

impl<'a> Attachment<'a> {
    fn new(media: &'a Media, caption: Option<&'a str>) -> Self {
        Self { media_url: media.url.as_deref(), media_type: media.kind, caption }
    }
}

fn send(account: &Account, message: &Message) -> Result<Request, Error> {
    let option = |field: &Field| message.options.get(&PROVIDER, field).string();
    let (kind, thread_id, to) = match message.recipient()? {
        Recipient::Group(id) => ("group", Some(id.as_str()), None),
        Recipient::Phone(phone) => ("individual", None, Some(phone.e164())),
    };
    let from = account.need(&FROM)?;
    let from = Phone::parse(from).map_or_else(|_| from.to_owned(), |phone| phone.e164());
    let service = option(&SERVICE_OPTION).or(account.get(&SERVICE).map(Cow::Borrowed)).unwrap_or("whatsapp".into());
    let address = Address { from, thread_id, to, service };

    let id = segment(account.need(&ACCOUNT_ID)?);
    let url = account.url(format_args!("/v1/messages/{kind}/{id}/send"));
    let (text, media) = (message.text.as_deref(), message.media.as_ref());
    let request = match option(&DIALECT_OPTION).as_deref().or(account.get(&DIALECT)) {
        Some("message") => {
            let message_type = media.map(|_| "media");
            let plain = text.filter(|_| media.is_none());
            let media = media.map(|media| Attachment::new(media, text));
            Request::json(url, &Flat { address, message: plain, message_type, media })
        }
        Some("universal") => {
            let content = match media {
                None => UniversalContent { kind: "text", text, media: None },
                Some(media) => {
                    UniversalContent { kind: "media", text: None, media: Some(Attachment::new(media, text)) }
                }
            };
            Request::json(account.url(format_args!("/v1/send/{id}")), &Universal { address, kind, content })
        }
        _ => {
            // `content` is required and doubles as the caption; media without a text shows its name.
            let content = text.or(media.map(Media::name)).unwrap_or_default();
            let attachment_uri = media.and_then(|media| media.url.as_deref());
            Request::json(url, &Content { address, content, attachment_uri })
        }
    };
    signed(account, request?)
}

/// Some copies of the page wrap the answer in `data`, most do not.
fn unwrapped(answer: &Answer<'_>) -> (Option<String>, Option<String>) {
    let data = answer.get("data");
    let members = data.object();
    let get = |name: &str| if data.is_object() { members.get(name) } else { answer.get(name) };
    let id = ["message_id", "messageId", "id", "sid"].iter().find_map(|name| get(name).scalar());
    (id, get("status").scalar())
}

fn sent(_: &Account, answer: &Answer<'_>) -> Result<Receipt, Error> {
    let (id, status) = unwrapped(answer);
    Ok(Receipt::new(answer, id, status))
}

fn status(account: &Account, call: &MessageStatus) -> Result<Request, Error> {
    let path =
        format!("/v1/messages/individual/{}/get-details/{}", segment(account.need(&ACCOUNT_ID)?), segment(&call.id));
    signed(account, Request::get(account.url(path)))
}

fn reported(_: &Account, answer: &Answer<'_>) -> Result<StatusReport, Error> {
    let (id, status) = unwrapped(answer);
    Ok(StatusReport::new(answer, id, status))
}

fn threads(account: &Account) -> Result<Request, Error> {
    let id = segment(account.need(&ACCOUNT_ID)?);
    signed(account, Request::get(account.url(format_args!("/v1/messages/threads/{id}/get-all"))))
}

fn checked(_: &Account, answer: &Answer<'_>) -> Result<AccountCheck, Error> {
    Ok(AccountCheck { connected: None, name: None, number: None, raw: answer.raw() })
}

/// The shape of the list is published nowhere: bare, or under `data` or `threads`.
fn listed(_: &Account, answer: &Answer<'_>) -> Result<Groups, Error> {
    let list = [answer.get("data"), answer.get("threads")].into_iter().find(|list| !list.is_null());
    Ok(Groups::new(answer, list.unwrap_or(answer.json()), |thread| {
        let first = |names: &[&str]| names.iter().find_map(|name| thread.get(name).scalar());
        let id = first(&["thread_id", "id", "chat_id"])?;
        let is_group = first(&["thread_type", "chat_type", "type"]).is_none_or(|kind| kind == "group");
        is_group.then(|| Group { id, name: first(&["chat_name", "name"]), jid: None })
    }))
}
