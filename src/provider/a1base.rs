//! A1Base: hosted gateway. JSON, key and secret in headers, account in the path, three dialects.
//! Docs: <https://docs.a1base.com>

use super::{Feature, Provider, is_id};
use crate::{
    account::{Account, INBOUND_KEY},
    answer::Answer,
    call::{CheckAccount, Endpoint, ListGroups, MessageStatus},
    draft::Draft,
    error::Error,
    event::{EventKind, Names, Report, said},
    field::{Field, FieldKind},
    http::{Request, segment},
    json::Json,
    media::{Media, MediaKind},
    message::{Message, Recipient},
    phone::Phone,
    reply::{AccountCheck, Group, Groups, Receipt, StatusReport},
    webhook::{Inbound, Signature},
};

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

pub(super) static PROVIDER: Provider = Provider {
    slug: "a1base",
    name: "A1Base",
    docs: "https://docs.a1base.com",
    base_url: Some("https://api.a1base.com"),
    account: &[&ACCOUNT_ID, &API_KEY, &API_SECRET, &FROM, &SERVICE, &DIALECT],
    number: Some(&FROM),
    options: &[&DIALECT_OPTION, &SERVICE_OPTION, &MEDIA_SIZE],
    bulk: None,
    schedule: None,
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
        // <https://docs.a1base.com/api-reference/group-messages/create>
        request: send,
        reply: sent,
    },
    message_status: Some(Endpoint { request: status, reply: reported }),
    // There is no call for it: the list of threads answers only to a good key.
    check_account: Some(Endpoint { request: |account, _: &CheckAccount| threads(account), reply: checked }),
    list_groups: Some(Endpoint { request: |account, _: &ListGroups| threads(account), reply: listed }),
    quota: None,
};

// <https://docs.a1base.com/api-reference/webhook/webhook>
pub(super) static INBOUND: Inbound = Inbound {
    // Which of its webhooks A1Base signs is not sure: a key in the path serves instead.
    signature: Some(Signature {
        secret: &API_SECRET,
        headers: &["x-signature"],
        timestamp: Some("x-timestamp"),
        unless: Some(&INBOUND_KEY),
    }),
    read: reported_event,
};

fn signed(account: &Account, request: Request) -> Result<Request, Error> {
    Ok(request.secret("x-api-key", account.need(&API_KEY)?).secret("x-api-secret", account.need(&API_SECRET)?))
}

fn send(account: &Account, message: &Message) -> Result<Request, Error> {
    let option = |field: &Field| message.options.get(&PROVIDER, field).string();
    let (kind, thread_id, to) = match message.recipient()? {
        Recipient::Group(id) => ("group", Some(id.as_str()), None),
        Recipient::Phone(phone) => ("individual", None, Some(phone.e164())),
    };
    let service = option(&SERVICE_OPTION);
    let mut body = Draft::new();
    body.text("from", account.need(&FROM)?);
    body.text("thread_id", thread_id);
    body.text("to", to.as_deref());
    body.text("service", service.as_deref().or(account.get(&SERVICE)).unwrap_or("whatsapp"));

    let id = segment(account.need(&ACCOUNT_ID)?);
    let mut url = account.url(&["/v1/messages/", kind, "/", &id, "/send"]);
    let (text, media) = (message.text.as_deref(), message.media.as_ref());
    match option(&DIALECT_OPTION).as_deref().or(account.get(&DIALECT)) {
        // The examples of the vendor's page.
        Some("message") => match media {
            None => body.text("message", text),
            Some(media) => {
                body.text("message_type", "media");
                attach(&mut body, media, text);
            }
        },
        // The "newer universal endpoint" of the same page.
        Some("universal") => {
            url = account.url(&["/v1/send/", &id]);
            let mut content = Draft::new();
            match media {
                None => {
                    content.text("type", "text");
                    content.text("text", text);
                }
                Some(media) => {
                    content.text("type", "media");
                    attach(&mut content, media, text);
                }
            }
            body.text("type", kind);
            body.object("content", content);
        }
        // What the vendor's own SDKs send. `content` is required and doubles as the caption; media without a text
        // shows its name.
        _ => {
            body.text("content", text.or(media.map(Media::name)).unwrap_or_default());
            body.text("attachment_uri", media.and_then(|media| media.url.as_deref()));
        }
    }
    signed(account, Request::json(url, body))
}

/// Media in the dialects `message` and `universal`.
fn attach(body: &mut Draft, media: &Media, caption: Option<&str>) {
    body.text("media_url", media.url.as_deref());
    body.text("media_type", media.kind.word());
    body.text("caption", caption);
}

/// Some copies of the page wrap the answer in `data`, most do not.
fn unwrapped(answer: &Answer<'_>) -> (Option<String>, Option<String>) {
    let is_wrapped = answer.get("data").is_object();
    let get = |name: &str| if is_wrapped { answer.data.get(name) } else { answer.get(name) };
    let id = ["message_id", "messageId", "id", "sid"].iter().find_map(|name| get(name).scalar());
    (id, get("status").scalar())
}

fn sent(_: &Account, answer: &Answer<'_>) -> Result<Receipt, Error> {
    let (id, status) = unwrapped(answer);
    Ok(Receipt::new(answer, id, status))
}

fn status(account: &Account, call: &MessageStatus) -> Result<Request, Error> {
    let (id, message) = (segment(account.need(&ACCOUNT_ID)?), segment(&call.id));
    signed(account, Request::get(account.url(&["/v1/messages/individual/", &id, "/get-details/", &message])))
}

fn reported(_: &Account, answer: &Answer<'_>) -> Result<StatusReport, Error> {
    let (id, status) = unwrapped(answer);
    Ok(StatusReport::new(answer, id, status))
}

fn threads(account: &Account) -> Result<Request, Error> {
    let id = segment(account.need(&ACCOUNT_ID)?);
    signed(account, Request::get(account.url(&["/v1/messages/threads/", &id, "/get-all"])))
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

/// Three generations, each with names of its own.
const NAMES: Names = Names {
    at: &["timestamp"],
    id: &["message_id", "external_message_id"],
    chat: &["thread_id", "external_thread_id"],
    // In an agent's own messages to groups this is sometimes a mere `+`.
    writer: &["sender_number"],
    name: &["sender_name"],
    text: &["message_content", "content"],
};

/// A message, or the echo of one of ours.
fn reported_event(account: &Account, json: Json<'_>) -> Option<Report> {
    let body = json.object();
    let mut report = Report::new(EventKind::Other, &body, &NAMES);
    let event = said(body.get("event"));
    if report.chat.is_none() || report.id.is_none() || event.is_some_and(|event| event != "incoming_message") {
        return None;
    }
    report.from_me = body.get("is_from_agent").bool().unwrap_or_else(|| {
        let number = report.writer.as_deref().and_then(Phone::of_jid);
        number.is_some() && number == account.get(&FROM).and_then(Phone::of_jid)
    });
    report.kind = EventKind::of_message(report.from_me);
    report.is_group = said(body.get("thread_type")).or(said(body.get("chat_type"))).as_deref() == Some("group");
    if !report.is_group {
        // To whom an agent wrote is not told.
        report.chat = report.writer.clone().filter(|_| !report.from_me);
    }
    let content = body.get("message_content").object();
    report.text = said(content.get("text")).or(said(content.get("caption"))).or(report.text);
    let kind = said(body.get("message_type")).and_then(|word| MediaKind::of_word(&word));
    report.media = kind.map(|kind| Media { base64: said(content.get("data")), ..Media::of(kind) });
    Some(report)
}
