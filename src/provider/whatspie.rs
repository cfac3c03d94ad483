//! Whatspie: hosted gateway. JSON, bearer token, webhooks without a signature.
//! Docs: <https://docs.whatspie.com>

use super::{Feature, Provider, is_group_jid};
use crate::{
    account::Account,
    answer::Answer,
    call::{CheckAccount, Endpoint, ListGroups, MessageStatus, Quota},
    draft::Draft,
    error::{Error, ErrorKind},
    event::{EventKind, Names, Report, said},
    field::{Field, FieldKind},
    http::{Request, segment},
    json::{Json, Object},
    media::{Media, MediaKind},
    message::{Message, Recipient},
    phone::Phone,
    reply::{AccountCheck, Group, Groups, QuotaReport, Receipt, StatusReport},
    status::Status,
    webhook::Inbound,
};

const TOKEN: Field = Field::token("token", "API token, from the dashboard's profile").required().secret();
const DEVICE: Field = Field::new("device", FieldKind::Phone, "Number of the sending device");

const STORED: Field = Field::text("message", "The text that Whatspie stores, if not the one that is sent");
const TYPE: Field =
    Field::new("type", FieldKind::OneOf(&["chat", "image", "file", "location"]), "Whatspie's type of the message");
const PARAMS: Field =
    Field::new("params", FieldKind::Object, "Further params, such as a location; they go before ours");
const VIEW_ONCE: Field = Field::new("view_once", FieldKind::Flag, "An image or video that can be seen once");

pub(super) static PROVIDER: Provider = Provider {
    slug: "whatspie",
    name: "Whatspie",
    docs: "https://docs.whatspie.com",
    base_url: Some("https://api.whatspie.com"),
    account: &[&TOKEN, &DEVICE],
    number: Some(&DEVICE),
    options: &[&STORED, &TYPE, &PARAMS, &VIEW_ONCE],
    bulk: None,
    schedule: None,
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
    send_message: Endpoint {
        // <https://docs.whatspie.com/docs/whatspie/send-messageto-groupby-group-id>
        request: send,
        reply: sent,
    },
    message_status: Some(Endpoint { request: status, reply: reported }),
    check_account: Some(Endpoint { request: |account, _: &CheckAccount| devices(account), reply: checked }),
    quota: Some(Endpoint { request: |account, _: &Quota| devices(account), reply: counted }),
    list_groups: Some(Endpoint { request: groups, reply: listed }),
};

// <https://docs.whatspie.com/docs/webhooks>
pub(super) static INBOUND: Inbound = Inbound { signature: None, read: reported_event };

fn is_group_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit()) || is_group_jid(id)
}

fn signed(account: &Account, request: Request) -> Result<Request, Error> {
    Ok(request.accept("application/json; charset=utf-8").bearer(account.need(&TOKEN)?))
}

fn send(account: &Account, message: &Message) -> Result<Request, Error> {
    let option = |field: &Field| message.options.get(&PROVIDER, field);
    let text = message.text.as_deref();
    let own = option(&PARAMS).object();
    let mut params = Params { draft: Draft::new(), own: &own };
    let kind = match &message.media {
        Some(media) => params.carry(media, text),
        None => {
            params.text("text", text);
            "chat"
        }
    };
    params.set("viewOnce", |params, name| params.flag(name, option(&VIEW_ONCE).bool()));
    params.text("quotedMessageId", message.reply_to.as_deref());
    let mentions: Vec<_> = message.mentions.iter().map(Phone::jid).collect();
    params.set("mentions", |params, name| params.texts(name, &mentions));
    let mut params = params.draft;
    own.0.iter().for_each(|(name, value)| params.json(name, *value));

    let (path, receiver) = match message.recipient()? {
        Recipient::Group(id) => (["/groups/", id, "/send"], None),
        Recipient::Phone(phone) => (["/messages", "", ""], Some(phone.digits())),
    };
    // The seed requires `message` beside `params` for a group; later pages drop it. It is what Whatspie stores.
    let stored = text.or(message.media.as_ref().and_then(|media| media.filename.as_deref())).unwrap_or_default();
    let stored = option(&STORED).string().unwrap_or(stored.into());
    let device = account.get(&DEVICE).map(|number| number.trim_start_matches('+'));
    let mut body = Draft::new();
    body.text("device", device);
    body.text("receiver", receiver);
    body.text("message", Some(&*stored).filter(|_| receiver.is_none()));
    body.text("type", option(&TYPE).string().as_deref().unwrap_or(kind));
    body.object("params", params);
    body.count("simulate_typing", message.typing.map(u32::from));
    signed(account, Request::json(account.url(&path), body))
}

/// What is said, by kind of message; the caller's own params go before ours.
struct Params<'a> {
    draft: Draft,
    own: &'a Object<'a>,
}

impl Params<'_> {
    fn set(&mut self, name: &'static str, write: impl FnOnce(&mut Draft, &'static str)) {
        if !self.own.0.iter().any(|(own, _)| own == name) {
            write(&mut self.draft, name);
        }
    }

    fn text(&mut self, name: &'static str, text: Option<&str>) {
        self.set(name, |draft, name| draft.text(name, text));
    }

    /// Returns the type of the message; since 2026-07 a video is a `file` too.
    fn carry(&mut self, media: &Media, caption: Option<&str>) -> &'static str {
        let (name, kind) = match media.kind {
            MediaKind::Image => ("image", "image"),
            MediaKind::Video => ("video", "file"),
            MediaKind::Audio | MediaKind::Document => ("document", "file"),
        };
        self.set(name, |draft, name| {
            let mut link = Draft::new();
            link.text("url", media.url.as_deref());
            draft.object(name, link);
        });
        if name == "document" {
            self.text("fileName", Some(media.name()));
        }
        if kind == "file" {
            self.text("mimetype", Some(media.mime()));
        }
        self.text("caption", caption);
        kind
    }
}

fn sent(_: &Account, answer: &Answer<'_>) -> Result<Receipt, Error> {
    let sent = &answer.data;
    Ok(Receipt::new(answer, sent.get("id").scalar(), sent.get("status").scalar()))
}

fn status(account: &Account, call: &MessageStatus) -> Result<Request, Error> {
    signed(account, Request::get(account.url(&["/messages/", &segment(&call.id)])))
}

fn reported(_: &Account, answer: &Answer<'_>) -> Result<StatusReport, Error> {
    let sent = &answer.data;
    let report = StatusReport::new(answer, sent.get("id").scalar(), sent.get("status").scalar());
    Ok(StatusReport { reason: sent.get("failed_reason").scalar(), ..report })
}

fn devices(account: &Account) -> Result<Request, Error> {
    signed(account, Request::get(account.url(&["/devices"])))
}

/// The account's device, else the first.
fn device<'a>(account: &Account, answer: &Answer<'a>) -> Object<'a> {
    let devices = answer.get("data").array().unwrap_or_default();
    let own = account.get(&DEVICE);
    let is_own = |device: &&Json<'_>| {
        let number = device.object().get("phone").scalar().and_then(|number| Phone::parse(&number).ok());
        number.is_some_and(|number| own == Some(&number.e164()))
    };
    devices.iter().find(is_own).or(devices.first()).map(|device| device.object()).unwrap_or_default()
}

fn checked(account: &Account, answer: &Answer<'_>) -> Result<AccountCheck, Error> {
    let device = device(account, answer);
    let connected = device.get("paired_status").string().map(|status| status == "PAIRED");
    let (name, number) = (device.get("name").scalar(), device.get("phone").scalar());
    Ok(AccountCheck { connected, name, number, raw: answer.raw() })
}

fn counted(account: &Account, answer: &Answer<'_>) -> Result<QuotaReport, Error> {
    let device = device(account, answer);
    // The v2 pages write it with a capital.
    let subscriptions = [device.get("subscription"), device.get("Subscription")];
    // "-1" is no limit.
    let count = |name: &str| {
        let told = subscriptions.iter().find_map(|subscription| subscription.object().get(name).scalar());
        told?.parse().ok().filter(|count: &i64| *count >= 0)
    };
    Ok(QuotaReport { limit: None, used: count("quote_used"), remaining: count("quote_available"), raw: answer.raw() })
}

fn groups(account: &Account, _: &ListGroups) -> Result<Request, Error> {
    signed(account, Request::get(account.url(&["/groups"])))
}

fn listed(_: &Account, answer: &Answer<'_>) -> Result<Groups, Error> {
    Ok(Groups::new(answer, answer.get("data"), |row| {
        Some(Group { id: row.get("id").scalar()?, name: row.get("title").scalar(), jid: row.get("jid").scalar() })
    }))
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

const NAMES: Names = Names {
    at: &["timestamp", "read_at"],
    id: &["message_id"],
    chat: &["from"],
    writer: &["participant", "from"],
    name: &[],
    text: &["message"],
};

/// Version 1 is a message, version 2 `{ type, data }`.
fn reported_event(_: &Account, json: Json<'_>) -> Option<Report> {
    let body = json.object();
    if !body.get("data").is_object() {
        return received(&body);
    }
    let (kind, data) = (body.get("type").string()?, body.get("data").object());
    let kind = match kind.as_ref() {
        "message_incoming" => return received(&data),
        "device_disconnected" => EventKind::ConnectionDown,
        kind => EventKind::of(Status::fold(kind.strip_prefix("message_")?)),
    };
    Some(Report { from_me: true, ..Report::new(kind, &data, &NAMES) })
}

fn received(data: &Object<'_>) -> Option<Report> {
    let mut report = Report::new(EventKind::MessageReceived, data, &NAMES);
    let (user, file) = (data.get("from_user").object(), data.get("file").object());
    report.name = said(user.get("name"));
    report.text = report.text.or(said(file.get("caption")));
    if report.id.is_none() && report.text.is_none() {
        return None;
    }
    if data.get("file").is_object() {
        let kind = said(data.get("type")).and_then(|word| MediaKind::of_word(&word));
        let media = Media::of(kind.unwrap_or(MediaKind::Document));
        report.media = Some(Media { url: said(file.get("url")), filename: said(file.get("fileName")), ..media });
    }
    // No sample shows a group. `participant` is null in those of private chats: where another than `from` stands in
    // it, `from` is the group.
    let (chat, writer) = (Phone::of_jid(report.chat.as_deref()?), Phone::of_jid(report.writer.as_deref()?));
    report.is_group = said(data.get("participant")).is_some() && (chat.is_none() || writer.is_some() && writer != chat);
    if writer.is_none() {
        report.writer = said(user.get("jid"));
    }
    Some(report)
}
