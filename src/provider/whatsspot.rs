//! WhatsSpot: hosted gateway. JSON, key in `x-api-key`, many recipients in one call, jobs for groups.
//! Docs: <https://docs-whatsspot.web.app>

use super::{Feature, Provider, is_id};
use crate::{
    account::Account,
    answer::Answer,
    call::Endpoint,
    draft::Draft,
    error::{Error, ErrorKind, Outcome},
    event::{EventKind, Names, Report, said},
    field::{Field, FieldKind},
    http::Request,
    json::Json,
    media::{Media, MediaKind},
    message::{Message, Recipient},
    reply::{Receipt, RecipientReceipt},
    status::Status,
    webhook::{Inbound, Signature},
};

const API_KEY: Field = Field::token("api_key", "API token").required().secret();
const WEBHOOK_SECRET: Field = Field::token("webhook_secret", "The secret set for the webhooks").secret();

const CAPTION: Field = Field::text("caption", "The caption of media, if not the text");
// These two are the Worker's to read: a request is the same with and without them.
const BULK: Field = Field::new(
    "bulk",
    FieldKind::Flag,
    "All recipients in one call, as one message; without it the Worker sends to each on its own",
);
const SCHEDULE: Field =
    Field::new("schedule", FieldKind::Flag, "Let WhatsSpot itself wait for send_at; without it the Worker waits");

pub(super) static PROVIDER: Provider = Provider {
    slug: "whatsspot",
    name: "WhatsSpot",
    docs: "https://docs-whatsspot.web.app",
    base_url: Some("https://api.whatsspot.in"),
    account: &[&API_KEY, &WEBHOOK_SECRET],
    number: None,
    options: &[&CAPTION, &BULK, &SCHEDULE],
    bulk: Some(&BULK),
    schedule: Some(&SCHEDULE),
    features: &[
        Feature::Group,
        Feature::Phone,
        Feature::ManyRecipients,
        Feature::Image,
        Feature::Video,
        Feature::Document,
        Feature::MediaUrl,
        Feature::Caption,
        Feature::DocumentCaption,
        Feature::SendAt,
    ],
    text_limit: None,
    media_limits: &[],
    group_id: "WhatsSpot's id of the group: letters, digits and - _ . @",
    is_group_id: |id| is_id(id, "-_.@"),
    refine,
    send_message: Endpoint {
        // <https://docs-whatsspot.web.app/api-reference/send-message>
        request: send,
        reply: sent,
    },
    // The Bulk Jobs API, which would tell, is named but published nowhere.
    message_status: None,
    check_account: None,
    quota: None,
    list_groups: None,
};

// <https://docs.whatsspot.in/features/webhooks>
pub(super) static INBOUND: Inbound = Inbound {
    // One of its two sites names the first header, the other the second.
    signature: Some(Signature {
        secret: &WEBHOOK_SECRET,
        headers: &["x-webhook-signature", "x-hub-signature"],
        timestamp: None,
        unless: None,
    }),
    read: reported,
};

fn send(account: &Account, message: &Message) -> Result<Request, Error> {
    let text = message.text.as_deref();
    let kind = match message.media.as_ref().map(|media| media.kind) {
        None => "TEXT",
        Some(MediaKind::Image) => "IMAGE",
        Some(MediaKind::Video) => "VIDEO",
        Some(MediaKind::Audio | MediaKind::Document) => "DOCUMENT",
    };
    let (mut recipients, mut group_ids) = (Vec::new(), Vec::new());
    for recipient in message.to.recipients() {
        match recipient {
            Recipient::Phone(phone) => recipients.push(phone.digits()),
            Recipient::Group(id) => group_ids.push(id.as_str()),
        }
    }
    let caption = message.options.get(&PROVIDER, &CAPTION).string();
    let caption = caption.as_deref().or(text).filter(|_| message.media.is_some());
    let mut body = Draft::new();
    body.text("type", kind);
    // Required always; for media it is the caption too, so both carry the text.
    body.text("content", text.unwrap_or_default());
    body.text("mediaUrl", message.media.as_ref().and_then(|media| media.url.as_deref()));
    body.texts("recipients", &recipients);
    body.texts("groupIds", &group_ids);
    body.text("caption", caption);
    body.text("scheduledAt", message.send_at.map(|at| at.to_string()).as_deref());
    Ok(Request::json(account.url(&["/messages/send"]), body).secret("x-api-key", account.need(&API_KEY)?))
}

/// A job, one message, several, or neither: `message` is a text in the first and an object in the second.
fn sent(_: &Account, answer: &Answer<'_>) -> Result<Receipt, Error> {
    let id_and_status = |sent: &Json<'_>| {
        let sent = sent.object();
        (sent.get("id").scalar(), sent.get("status").scalar())
    };
    let (job, message) = (answer.get("jobId").scalar(), answer.get("message"));
    if job.is_some() {
        return Ok(Receipt { job, ..Receipt::new(answer, None, answer.get("status").scalar()) });
    }
    if message.is_object() {
        let (id, status) = id_and_status(&message);
        return Ok(Receipt::new(answer, id, status));
    }
    let several = message.array().or(answer.get("messages").array()).unwrap_or_default();
    let recipients: Vec<_> =
        several.iter().map(id_and_status).map(|(id, status)| RecipientReceipt::new(id, status)).collect();
    let Some(RecipientReceipt { id, provider_status, .. }) = recipients.first().cloned() else {
        return Ok(Receipt::new(answer, None, None));
    };
    let is_common = recipients.iter().all(|other| other.provider_status == provider_status);
    let id = id.filter(|_| recipients.len() == 1);
    Ok(Receipt { recipients, ..Receipt::new(answer, id, provider_status.filter(|_| is_common)) })
}

/// The previous generation of the product answered on the same host, and its errors can still surface.
fn refine(error: Error) -> Error {
    let refused = ["TOKEN_REMOVED", "INVALID_KEY"].iter().any(|code| error.says(code));
    match error.outcome() {
        Outcome::Rejected if refused => error.of_kind(ErrorKind::Auth),
        _ => error,
    }
}

/// As in whatsapp-web.js; `author` is there in groups.
const NAMES: Names =
    Names { at: &["timestamp"], id: &["id"], chat: &["from"], writer: &["author", "from"], name: &[], text: &["body"] };

fn reported(_: &Account, json: Json<'_>) -> Option<Report> {
    let body = json.object();
    let data = body.get("data").object();
    let mut report = Report::new(EventKind::Other, &data, &NAMES);
    match body.get("event").string()?.as_ref() {
        "message.received" => {
            // The id begins with whether it is ours: `false_1234567890@c.us_3EB0…`.
            report.from_me = report.id.as_deref().is_some_and(|id| id.starts_with("true_"));
            report.kind = EventKind::of_message(report.from_me);
            if report.from_me {
                report.chat = said(data.get("to"));
            }
            report.media = said(data.get("type")).and_then(|word| MediaKind::of_word(&word)).map(Media::of);
        }
        "message.ack" => {
            report.from_me = true;
            report.kind = EventKind::of(Status::fold(&said(data.get("status"))?));
        }
        "device.disconnected" => report.kind = EventKind::ConnectionDown,
        _ => return None,
    }
    Some(report)
}
