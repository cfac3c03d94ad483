//! The same by derived structs, as one would write it for one provider: no URL, no headers, no rules of the provider's, no
//! drifting answers. A lower bound for `serde_json`, rather than a client.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{from_slice, to_vec, value::RawValue};

/// Both ways of one provider.
pub struct Typed {
    /// The message as it comes, to the body of the provider's request.
    pub build: fn(&[u8]) -> Vec<u8>,
    /// The provider's answer, to the receipt.
    pub parse: fn(&[u8]) -> Vec<u8>,
}

/// The neutral message, all of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what is not asked for is read all the same")]
struct Message {
    to: To,
    text: Option<String>,
    media: Option<Media>,
    #[serde(default)]
    mentions: Vec<String>,
    reply_to: Option<String>,
    typing: Option<bool>,
    presence: Option<bool>,
    send_at: Option<String>,
    expires_in: Option<u32>,
    via: Option<String>,
    on_unsupported: Option<String>,
    on_ambiguous: Option<String>,
    options: Option<Box<RawValue>>,
    metadata: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum To {
    Group(String),
    Phone(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "as above")]
struct Media {
    kind: String,
    url: Option<String>,
    base64: Option<String>,
    filename: Option<String>,
    mime: Option<String>,
}

#[derive(Serialize)]
struct Receipt<'a> {
    outcome: &'static str,
    id: Option<String>,
    job: Option<String>,
    status: &'static str,
    provider_status: Option<String>,
    raw: &'a RawValue,
}

/// Writes what `body` makes of a message.
fn written<B: Serialize>(message: &[u8], body: impl FnOnce(Message, String) -> B) -> Vec<u8> {
    let mut message: Message = from_slice(message).expect("a message");
    let (To::Group(id) | To::Phone(id)) = &mut message.to;
    let id = std::mem::take(id);
    to_vec(&body(message, id)).expect("JSON")
}

/// Writes the receipt that `read` makes of an answer: id, job and the provider's word for the status.
fn received<A: DeserializeOwned>(answer: &[u8], read: impl FnOnce(A) -> [Option<String>; 3]) -> Vec<u8> {
    let [id, job, word] = read(from_slice(answer).expect("an answer"));
    let status = match word.as_deref() {
        None => "accepted",
        Some("PENDING" | "queued" | "PROCESSING") => "queued",
        Some("sent") => "sent",
        Some(_) => "unknown",
    };
    let raw = from_slice(answer).expect("an answer");
    to_vec(&Receipt { outcome: "accepted", id, job, status, provider_status: word, raw }).expect("JSON")
}

/// Whatspie.
pub const WHATSPIE: Typed = Typed {
    build: |message| {
        #[derive(Serialize)]
        struct Body {
            device: &'static str,
            message: Option<String>,
            r#type: &'static str,
            params: Params,
            #[serde(skip_serializing_if = "Option::is_none")]
            simulate_typing: Option<u32>,
        }
        #[derive(Serialize)]
        struct Params {
            text: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none", rename = "quotedMessageId")]
            quoted: Option<String>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            mentions: Vec<String>,
        }
        written(message, |message, _| Body {
            device: "6281776521626",
            message: message.text.clone(),
            r#type: "chat",
            params: Params { text: message.text, quoted: message.reply_to, mentions: message.mentions },
            simulate_typing: message.typing.map(u32::from),
        })
    },
    parse: |answer| {
        #[derive(Deserialize)]
        struct Answer {
            data: Data,
        }
        #[derive(Deserialize)]
        struct Data {
            id: u64,
            status: Option<String>,
        }
        received(answer, |Answer { data }| [Some(data.id.to_string()), None, data.status])
    },
};

/// What Go WhatsApp Multi-Session and A1Base both answer.
fn by_message_id(answer: &[u8]) -> Vec<u8> {
    #[derive(Deserialize)]
    struct Answer {
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        message_id: Option<String>,
        status: Option<String>,
    }
    received(answer, |Answer { data }| [data.message_id, None, data.status])
}

/// Go WhatsApp Multi-Session.
pub const GOWHATSAPP: Typed = Typed {
    build: |message| {
        #[derive(Serialize)]
        struct Body {
            text: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            reply_to_message_id: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            typing_simulation: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            presence_simulation: Option<bool>,
        }
        written(message, |message, _| Body {
            text: message.text,
            reply_to_message_id: message.reply_to,
            typing_simulation: message.typing,
            presence_simulation: message.presence,
        })
    },
    parse: by_message_id,
};

/// WAChat.
pub const WACHAT: Typed = Typed {
    build: |message| {
        #[derive(Serialize)]
        struct Body {
            destination: String,
            queue: &'static str,
            timeout: Option<u32>,
            is_group: bool,
            message: Option<String>,
        }
        written(message, |message, destination| Body {
            destination,
            queue: "11074-1",
            timeout: message.expires_in,
            is_group: true,
            message: message.text,
        })
    },
    parse: |answer| {
        #[derive(Deserialize)]
        struct Answer {
            data: Data,
        }
        #[derive(Deserialize)]
        struct Data {
            ref_no: Option<String>,
        }
        received(answer, |Answer { data }| [data.ref_no, None, None])
    },
};

/// A1Base.
pub const A1BASE: Typed = Typed {
    build: |message| {
        #[derive(Serialize)]
        struct Body {
            from: &'static str,
            thread_id: String,
            service: &'static str,
            content: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            attachment_uri: Option<String>,
        }
        written(message, |message, thread_id| Body {
            from: "+14155552671",
            thread_id,
            service: "whatsapp",
            content: message.text,
            attachment_uri: message.media.and_then(|media| media.url),
        })
    },
    parse: by_message_id,
};

/// WhatsSpot.
pub const WHATSSPOT: Typed = Typed {
    build: |message| {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            r#type: &'static str,
            content: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            media_url: Option<String>,
            group_ids: [String; 1],
            #[serde(skip_serializing_if = "Option::is_none")]
            scheduled_at: Option<String>,
        }
        written(message, |message, id| Body {
            r#type: "TEXT",
            content: message.text,
            media_url: message.media.and_then(|media| media.url),
            group_ids: [id],
            scheduled_at: message.send_at,
        })
    },
    parse: |answer| {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            job_id: Option<String>,
            status: Option<String>,
        }
        received(answer, |Answer { job_id, status }| [None, job_id, status])
    },
};
