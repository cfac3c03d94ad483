//! WAChat API v1.0 by NusaSMS: hosted gateway. JSON, key in `APIKey`, webhooks as unsigned forms.
//! Docs: <https://apidoc.wachat-api.com>

use super::{Feature, Provider, is_id};
use crate::{
    account::Account,
    answer::Answer,
    call::{CheckAccount, Endpoint, MessageStatus, Quota},
    draft::Draft,
    error::{Error, Violation},
    event::{EventKind, Report},
    field::{Field, FieldKind},
    form,
    http::{Request, is_segment, segment},
    json::Json,
    message::{Message, Recipient},
    reply::{AccountCheck, QuotaReport, Receipt, StatusReport},
    webhook::Inbound,
};

const API_KEY: Field = Field::token("api_key", "API key, from the user management").required().secret();
const DEVICE_ID: Field = Field::token("device_id", "Id of the sending device; WAChat calls it queue");
const SENDER: Field = Field::new("sender", FieldKind::Segment, "Number of the sending gateway; the quota needs it");

const QUEUE_OPTION: Field = Field::token("queue", "Another device than the account's");
const SENDER_OPTION: Field = Field::new("sender", FieldKind::Segment, "Another gateway number than the account's");

pub(super) static PROVIDER: Provider = Provider {
    slug: "wachat",
    name: "WAChat",
    docs: "https://apidoc.wachat-api.com",
    base_url: Some("https://api.wachat-api.com"),
    account: &[&API_KEY, &DEVICE_ID, &SENDER],
    number: Some(&SENDER),
    options: &[&QUEUE_OPTION, &SENDER_OPTION],
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
        Feature::MediaBase64,
        Feature::Caption,
        Feature::DocumentCaption,
    ],
    text_limit: None,
    media_limits: &[],
    group_id: "WAChat's destination of the group: letters, digits and - _ . @",
    // The format of a group's destination is published nowhere.
    is_group_id: |id| is_id(id, "-_.@"),
    refine: |error| error,
    send_message: Endpoint { request: send, reply: sent },
    message_status: Some(Endpoint { request: status, reply: reported }),
    check_account: Some(Endpoint { request: check, reply: checked }),
    quota: Some(Endpoint { request: quota, reply: counted }),
    list_groups: None,
};

pub(super) static INBOUND: Inbound = Inbound { signature: None, read: pushed };

fn signed(account: &Account, request: Request) -> Result<Request, Error> {
    Ok(request.secret("apikey", account.need(&API_KEY)?))
}

/// Where all paths begin.
const ROOT: &str = "/wachat_api/1.0";

fn send(account: &Account, message: &Message) -> Result<Request, Error> {
    let (destination, is_group) = match message.recipient()? {
        Recipient::Group(id) => (id.as_str(), Some(true)),
        Recipient::Phone(phone) => (phone.digits(), None),
    };
    let option = |field: &Field| message.options.get(&PROVIDER, field).string();
    let text = message.text.as_deref();
    let (queue, sender) = (option(&QUEUE_OPTION), option(&SENDER_OPTION));
    let mut params = Draft::new();
    params.text("destination", destination);
    params.text("queue", queue.as_deref().or(account.get(&DEVICE_ID)));
    params.text("sender", sender.as_deref().or(account.get(&SENDER)));
    params.count("timeout", message.expires_in);
    params.flag("is_group", is_group);
    let path = match &message.media {
        None => {
            params.text("message", text);
            "/message"
        }
        // There is no field for the kind or type of media: the ending of the name tells it.
        Some(media) if media.base64.is_some() && media.filename.is_none() => {
            return Err(Error::invalid(vec![Violation::new(
                "/media/filename",
                "WAChat needs a file name with base64",
            )]));
        }
        Some(media) => {
            params.text("caption", text);
            params.text("media_url", media.url.as_deref());
            params.text("media_base64", media.base64.as_deref());
            params.text("file_name", media.filename.as_deref());
            "/media"
        }
    };
    signed(account, Request::json(account.url(&[ROOT, path]), params))
}

fn sent(_: &Account, answer: &Answer<'_>) -> Result<Receipt, Error> {
    // Text, even where it looks like a number: it may begin with zeros.
    Ok(Receipt::new(answer, answer.data.get("ref_no").scalar(), None))
}

fn status(account: &Account, call: &MessageStatus) -> Result<Request, Error> {
    signed(account, Request::get(account.url(&[ROOT, "/status/", &segment(&call.id)])))
}

fn reported(_: &Account, answer: &Answer<'_>) -> Result<StatusReport, Error> {
    let data = &answer.data;
    Ok(StatusReport::new(answer, data.get("ref_no").scalar(), data.get("status").scalar()))
}

fn check(account: &Account, _: &CheckAccount) -> Result<Request, Error> {
    signed(account, Request::get(account.url(&[ROOT, "/auth/api_key"])))
}

fn checked(_: &Account, answer: &Answer<'_>) -> Result<AccountCheck, Error> {
    let name = answer.data.get("userid").scalar();
    Ok(AccountCheck { connected: None, name, number: None, raw: answer.raw() })
}

fn quota(account: &Account, _: &Quota) -> Result<Request, Error> {
    let sender = account.need(&SENDER)?.trim_start_matches('+');
    if !is_segment(sender) {
        return Err(Error::invalid(vec![Violation::new("/sender", SENDER.about)]));
    }
    signed(account, Request::get(account.url(&[ROOT, "/sender/", &segment(sender)])))
}

fn counted(_: &Account, answer: &Answer<'_>) -> Result<QuotaReport, Error> {
    let data = &answer.data;
    let (used, limit) = (data.get("counter").integer(), data.get("limit").integer());
    let remaining = limit.zip(used).map(|(limit, used)| limit.saturating_sub(used));
    Ok(QuotaReport { limit, used, remaining, raw: answer.raw() })
}

/// A form, not JSON. Nothing in it tells a group, media or an answer.
fn pushed(_: &Account, json: Json<'_>) -> Option<Report> {
    let form = json.string()?;
    let from = form::field(&form, "originator")?;
    Some(Report {
        kind: EventKind::MessageReceived,
        at: form::field(&form, "receive_date"),
        id: form::field(&form, "id"),
        chat: Some(from.clone()),
        writer: Some(from),
        text: form::field(&form, "msg"),
        ..Report::default()
    })
}
