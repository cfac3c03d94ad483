//! What callers do, in short.

use super::*;

impl Rig {
    pub fn post(&mut self, message: &Value) -> Answer {
        self.wait(&posting(message))
    }

    /// Posts a message that is accepted. Its id.
    pub fn accept(&mut self, message: &Value) -> String {
        let answer = self.post(message);
        assert_eq!(answer.status, 202, "{}", answer.text);
        answer.json["id"].as_str().unwrap_or_else(|| panic!("a batch: {}", answer.text)).to_owned()
    }

    /// Posts a message to many, that is accepted. The ids of the messages.
    pub fn accept_batch(&mut self, message: &Value) -> Vec<String> {
        let answer = self.post(message);
        assert_eq!(answer.status, 202, "{}", answer.text);
        answer.items().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Posts with a key.
    pub fn post_keyed(&mut self, key: &str, message: &Value) -> Answer {
        self.wait(&posting(message).with("idempotency-key", key))
    }

    pub fn get(&mut self, path: &str) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.wait(&Incoming { query: query.to_owned(), ..incoming("GET", path) })
    }

    pub fn message(&mut self, id: &str) -> Answer {
        let answer = self.get(&format!("/v1/messages/{id}"));
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer
    }

    pub fn status(&mut self, id: &str) -> String {
        self.message(id).json["status"].as_str().unwrap().to_owned()
    }

    pub fn cancel(&mut self, id: &str) -> Answer {
        self.wait(&incoming("DELETE", &format!("/v1/messages/{id}")))
    }

    pub fn resolve(&mut self, id: &str, verdict: &str) -> Answer {
        let body = Some(json!({ "as": verdict }).to_string().into_bytes());
        self.wait(&Incoming { body, ..incoming("POST", &format!("/v1/messages/{id}/resolve")) })
    }
}

/// A request that posts a message.
pub fn posting(message: &Value) -> Incoming {
    Incoming { body: Some(message.to_string().into_bytes()), ..incoming("POST", "/v1/messages") }
}

/// The same, by somebody who waits for the outcome.
pub fn waiting(message: &Value, seconds: u32) -> Incoming {
    posting(message).with("prefer", &format!("wait={seconds}"))
}
