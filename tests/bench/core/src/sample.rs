//! What each provider is tried with: a message of about 300 bytes and an answer of about 250, in the shape of the fixtures.

use crate::typed::{self, Typed};

/// One provider's account, message and answer.
pub struct Sample {
    /// Its slug.
    pub provider: &'static str,
    /// An account, as JSON.
    pub account: &'static str,
    /// A message to a group of its, as JSON.
    pub message: &'static str,
    /// Its answer.
    pub answer: &'static str,
    /// The same work by derived structs.
    pub typed: Typed,
}

macro_rules! message {
    ($group:literal) => {
        concat!(
            r#"{"to":{"group":""#,
            $group,
            r#""},"text":"Release 4211 of the shop is live: 14 changes by 3 people, all checks are green. "#,
            r#"The old one stays warm for an hour; roll back with one word here.","expires_in":3600,"#,
            r#""metadata":{"deployment":"4211","commit":"9f1c2ab7d0e4","by":"ci","environment":"production"}}"#
        )
    };
}

/// One for each provider.
pub const SAMPLES: &[Sample] = &[
    Sample {
        provider: "whatspie",
        account: r#"{"provider":"whatspie","token":"bench-token","device":"6281776521626"}"#,
        message: message!("495"),
        answer: r#"{"code":200,"message":"Message queued","data":{"id":7637842,"device":"6281776521626","receiver":"120363025246125016@g.us","type":"chat","status":"PENDING","params":{"text":"Release 4211 of the shop is live"},"created_at":"2026-11-07T05:31:56.000000Z"}}"#,
        typed: typed::WHATSPIE,
    },
    Sample {
        provider: "gowhatsapp",
        account: r#"{"provider":"gowhatsapp","base_url":"https://gateway.example","token":"bench-token"}"#,
        message: message!("120363025246125016@g.us"),
        answer: r#"{"code":200,"data":{"status":"sent","timestamp":1702129024,"message_id":"3EB0ABC123DEF456789","chat":"120363025246125016@g.us","type":"text","text":"Release 4211 of the shop is live: 14 changes"},"status":true,"message":"Message sent successfully"}"#,
        typed: typed::GOWHATSAPP,
    },
    Sample {
        provider: "wachat",
        account: r#"{"provider":"wachat","api_key":"bench-key","device_id":"11074-1"}"#,
        message: message!("6285156055377-1607992695"),
        answer: r#"{"error":false,"message":"Data message","data":{"sender":"string","queue":"11074-1","destination":"6285156055377-1607992695","message":"Release 4211 of the shop is live: 14 changes by 3 people, all checks are green.","ref_no":"008078391643125660"}}"#,
        typed: typed::WACHAT,
    },
    Sample {
        provider: "a1base",
        account: r#"{"provider":"a1base","account_id":"bench-account","api_key":"bench-key","api_secret":"bench-secret","from":"+14155552671"}"#,
        message: message!("group-thread-id-123"),
        answer: r#"{"data":{"message_id":"wamid.4a1f0c52-7f0e-4c0b-9a3c-55f1d2b7e1aa","thread_id":"group-thread-id-123","from":"+14155552671","service":"whatsapp","status":"queued","body":"Release 4211 of the shop is live","date_created":"2026-11-07T05:31:56Z"}}"#,
        typed: typed::A1BASE,
    },
    Sample {
        provider: "whatsspot",
        account: r#"{"provider":"whatsspot","api_key":"bench-key"}"#,
        message: message!("120363022368688477@g.us"),
        answer: r#"{"success":true,"jobId":"job_4a1f0c527f0e4c0b9a3c55f1d2b7e1aa","status":"PROCESSING","message":"Bulk job created with 1 recipients","createdAt":"2026-11-07T05:31:56.000Z","type":"TEXT","content":"Release 4211 of the shop is live: 14 changes by 3 people"}"#,
        typed: typed::WHATSSPOT,
    },
];
