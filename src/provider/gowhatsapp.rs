//! Go WhatsApp Multi-Session REST API by gdbrns: self-hosted. JSON and multipart, bearer token, signed webhooks.
//! Docs: <https://bump.sh/gdbrns/doc/go-whatsapp-multi-session-rest>

use super::{Feature, Provider, is_group_jid};
use crate::{
    account::{Account, BASE_URL},
    answer::Answer,
    call::{CheckAccount, Endpoint, ListGroups},
    draft::Draft,
    error::{Error, ErrorKind, Violation},
    event::{EventKind, Names, Report, said},
    field::{Field, FieldKind},
    http::{Part, Request},
    json::Json,
    media::MediaKind,
    message::{Message, Recipient},
    reply::{AccountCheck, Group, Groups, Receipt},
    status::Status,
    webhook::{Inbound, Signature},
};

const URL: Field = Field { about: "Where your server is", ..BASE_URL.required() };
const TOKEN: Field =
    Field::token("token", "The device's JWT; one that contains a space is sent as it stands, without `Bearer`")
        .required()
        .secret();
const WEBHOOK_SECRET: Field =
    Field::token("webhook_secret", "The secret that the server gave for its webhooks").secret();

const VIEW_ONCE: Field = Field::new("view_once", FieldKind::Flag, "Media that can be seen once");
const VOICE_NOTE: Field = Field::new("voice_note", FieldKind::Flag, "Audio as a voice note");

pub(super) static PROVIDER: Provider = Provider {
    slug: "gowhatsapp",
    name: "Go WhatsApp Multi-Session",
    docs: "https://bump.sh/gdbrns/doc/go-whatsapp-multi-session-rest",
    base_url: None,
    account: &[&URL, &TOKEN, &WEBHOOK_SECRET],
    number: None,
    options: &[&VIEW_ONCE, &VOICE_NOTE],
    bulk: None,
    schedule: None,
    features: &[
        Feature::Group,
        Feature::Phone,
        Feature::Image,
        Feature::Video,
        Feature::Audio,
        Feature::Document,
        Feature::MediaBase64,
        Feature::Caption,
        Feature::DocumentCaption,
        Feature::ReplyTo,
        Feature::Typing,
        Feature::Presence,
    ],
    text_limit: None,
    media_limits: &[
        (MediaKind::Image, 20 << 20),
        (MediaKind::Video, 100 << 20),
        (MediaKind::Audio, 20 << 20),
        (MediaKind::Document, 50 << 20),
    ],
    group_id: "WhatsApp's id, 120363025246125016@g.us",
    is_group_id: is_group_jid,
    refine,
    send_message: Endpoint {
        // <https://bump.sh/gdbrns/doc/go-whatsapp-multi-session-rest/operation/operation-post-chats-parameter-messages>
        request: send,
        reply: sent,
    },
    check_account: Some(Endpoint { request: check, reply: checked }),
    list_groups: Some(Endpoint { request: groups, reply: listed }),
    // Published nowhere: receipts come by webhook only.
    message_status: None,
    quota: None,
};

// <https://github.com/gdbrns/go-whatsapp-multi-session-rest-api/blob/main/docs/WEBHOOK_EVENTS.md>
pub(super) static INBOUND: Inbound = Inbound {
    signature: Some(Signature {
        secret: &WEBHOOK_SECRET,
        headers: &["x-webhook-signature", "x-hub-signature-256"],
        timestamp: None,
        unless: None,
    }),
    read: reported,
};

fn signed(account: &Account, request: Request) -> Result<Request, Error> {
    // The server wants `Bearer <jwt>`; the published curl shows the bare key. A token with a space brings its own scheme.
    let token = account.need(&TOKEN)?;
    Ok(if token.contains(' ') { request.secret("authorization", token.trim()) } else { request.bearer(token) })
}

fn send(account: &Account, message: &Message) -> Result<Request, Error> {
    // `@` stays as it is: the server does not decode its paths (Fiber without UnescapePath).
    let chat = match message.recipient()? {
        Recipient::Group(jid) => jid.clone(),
        Recipient::Phone(phone) => phone.jid(),
    };
    if message.media.is_some() {
        return upload(account, message, &chat);
    }
    let mut body = Draft::new();
    body.text("text", message.text.as_deref().unwrap_or_default());
    // Documented; the published server (1.3.0) takes it and does not quote.
    body.text("reply_to_message_id", message.reply_to.as_deref());
    body.flag("typing_simulation", message.typing);
    body.flag("presence_simulation", message.presence);
    signed(account, Request::json(account.url(&["/chats/", &chat, "/messages"]), body))
}

fn upload(account: &Account, message: &Message, chat: &str) -> Result<Request, Error> {
    let no_bytes = || Error::unsupported(vec![Violation::new("/media/url", "give the media in base64")]);
    let media = message.media.as_ref().ok_or_else(no_bytes)?;
    if message.reply_to.is_some() {
        return Err(Error::unsupported(vec![Violation::new(
            "/reply_to",
            "Go WhatsApp Multi-Session cannot reply with media",
        )]));
    }
    let path = match media.kind {
        MediaKind::Image => "images",
        MediaKind::Video => "videos",
        MediaKind::Audio => "audio",
        MediaKind::Document => "documents",
    };
    let flag = |field: &Field| message.options.get(&PROVIDER, field).bool();
    let word = |flag: bool| if flag { "true" } else { "false" };
    let file = Some((media.name().to_owned(), media.mime().to_owned()));
    let mut parts = vec![Part { name: "file", file, content: media.bytes().ok_or_else(no_bytes)? }];
    let filename = media.filename.as_deref().filter(|_| media.kind == MediaKind::Document);
    let fields = [
        ("caption", message.text.as_deref()),
        ("view_once", flag(&VIEW_ONCE).map(word)),
        ("filename", filename),
        ("voice_note", flag(&VOICE_NOTE).map(word)),
        ("typing_simulation", message.typing.map(word)),
        ("presence_simulation", message.presence.map(word)),
    ];
    parts.extend(fields.into_iter().filter_map(|(name, value)| Some(Part::field(name, value?))));
    signed(account, Request::multipart(account.url(&["/chats/", chat, "/", path]), parts))
}

fn sent(_: &Account, answer: &Answer<'_>) -> Result<Receipt, Error> {
    let sent = &answer.data;
    let mut receipt = Receipt::new(answer, sent.get("message_id").scalar(), sent.get("status").scalar());
    // The documentation shows `status`, the server's code leaves it out; it answers when it has sent.
    if receipt.id.is_some() && receipt.provider_status.is_none() {
        receipt.status = Status::Sent;
    }
    Ok(receipt)
}

/// Not `/devices/me`: the server caches it before it checks the token.
fn check(account: &Account, _: &CheckAccount) -> Result<Request, Error> {
    signed(account, Request::get(account.url(&["/devices/me/status"])))
}

fn checked(_: &Account, answer: &Answer<'_>) -> Result<AccountCheck, Error> {
    let device = &answer.data;
    let logged_in = device.get("is_logged_in").bool() != Some(false);
    let connected = device.get("is_connected").bool().map(|connected| connected && logged_in);
    Ok(AccountCheck { connected, name: None, number: None, raw: answer.raw() })
}

fn groups(account: &Account, _: &ListGroups) -> Result<Request, Error> {
    signed(account, Request::get(account.url(&["/groups"])))
}

fn listed(_: &Account, answer: &Answer<'_>) -> Result<Groups, Error> {
    Ok(Groups::new(answer, answer.get("data"), |row| {
        // The documentation writes small letters, the server capitals.
        let either = |small: &str, capital: &str| row.get(small).scalar().or(row.get(capital).scalar());
        let jid = either("jid", "JID");
        Some(Group { id: jid.clone()?, name: either("name", "Name"), jid })
    }))
}

/// The server answers nearly everything with 500; its text says what it was.
fn refine(error: Error) -> Error {
    let device = ["is not Valid", "is not Connected", "is not Logged In", "Please Re-Login"];
    let kind = match error.status {
        Some(500) if error.says("WhatsApp Client") && device.iter().any(|text| error.says(text)) => ErrorKind::Offline,
        Some(500) if error.says("is Not Registered") => ErrorKind::NotFound,
        Some(500) if error.says("Phone number must be") => ErrorKind::Invalid,
        Some(500) if error.says("exceeds maximum allowed size") => ErrorKind::Invalid,
        Some(500) if error.says("MIME type") && error.says("is not allowed") => ErrorKind::Invalid,
        _ => return error,
    };
    error.of_kind(kind)
}

const NAMES: Names = Names {
    // When it was written, not when it was passed on: the server may have been away.
    at: &["timestamp"],
    id: &["message_id"],
    chat: &["chat"],
    // Receipts have a `sender` instead: who got the message, not who wrote it.
    writer: &["from"],
    name: &[],
    text: &[],
};

const EVENTS: &[(&str, EventKind)] = &[
    ("message.received", EventKind::MessageReceived),
    ("message.delivered", EventKind::MessageDelivered),
    ("message.read", EventKind::MessageRead),
    ("connection.connected", EventKind::ConnectionUp),
    ("connection.disconnected", EventKind::ConnectionDown),
    ("connection.logged_out", EventKind::ConnectionDown),
    ("connection.temporary_ban", EventKind::ConnectionDown),
];

/// `{ event_type, timestamp, data }`. A message comes without its text: the server does not tell it.
fn reported(_: &Account, json: Json<'_>) -> Option<Report> {
    let body = json.object();
    let (event, data) = (body.get("event_type").string()?, body.get("data").object());
    let told = said(body.get("timestamp"));
    // A receipt does not say whose the message is: it is for one of ours.
    let from_me = data.get("is_from_me").bool().unwrap_or(!data.get("sender").is_null());
    let kind = match EVENTS.iter().find(|(name, _)| *name == event) {
        Some((_, EventKind::MessageReceived)) => EventKind::of_message(from_me),
        Some((_, kind)) => *kind,
        None if event.starts_with("message.") => EventKind::Other,
        // Of the same message as `message.received`, or of none.
        None => return Some(Report { at: told, ..Report::default() }),
    };
    let report = Report::new(kind, &data, &NAMES);
    Some(Report { at: report.at.or(told), from_me, ..report })
}
