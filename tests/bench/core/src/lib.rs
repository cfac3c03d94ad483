//! One send per provider without the send: a message is read, the provider's request is built, its answer is read, a receipt is
//! written. By the core of Chaski, and by derived structs and `serde_json`.

/// What each provider is tried with.
pub mod sample;
/// The other half of the comparison.
pub mod typed;

use chaski::{Account, AnyCall, Message, Response};
use sample::{SAMPLES, Sample};
use std::hint::black_box;

/// The core, with the account of one provider.
pub struct Ours(Account);

impl Ours {
    /// Chaski with this sample's account.
    #[must_use]
    pub fn of(sample: &Sample) -> Self {
        Self(Account::parse(sample.account.as_bytes()).expect("an account"))
    }

    /// The message as it comes, to the body of the provider's request.
    #[must_use]
    pub fn build(&self, message: &[u8]) -> Vec<u8> {
        let call = AnyCall::named("send_message", message).expect("a message");
        let request = call.request(&self.0).expect("a request");
        request.encode().expect("a body").1
    }

    /// The provider's answer, to the receipt.
    #[must_use]
    pub fn parse(&self, answer: &[u8]) -> Vec<u8> {
        let response = Response { status: 200, headers: Vec::new(), body: answer.to_vec() };
        let receipt = self.0.reply::<Message>(&response).expect("a receipt");
        serde_json::to_vec(&receipt).expect("JSON")
    }
}

/// Builds and reads so many times. Returns what came of it in bytes, so that nothing is left out.
#[must_use]
pub fn repeat(provider: usize, by: By, times: u32) -> usize {
    let sample = SAMPLES.get(provider).expect("a provider");
    let ours = Ours::of(sample);
    let once = || match by {
        By::Ours => {
            ours.build(black_box(sample.message).as_bytes()).len()
                + ours.parse(black_box(sample.answer).as_bytes()).len()
        }
        By::Typed => {
            (sample.typed.build)(black_box(sample.message).as_bytes()).len()
                + (sample.typed.parse)(black_box(sample.answer).as_bytes()).len()
        }
    };
    (0..times).map(|_| black_box(once())).sum()
}

/// Who does the work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Chaski.
    Ours,
    /// Derived structs.
    Typed,
}

/// The same for a wasm instance: nothing but numbers crosses.
#[unsafe(no_mangle)]
pub extern "C" fn run(provider: usize, is_ours: bool, times: u32) -> usize {
    repeat(provider, if is_ours { By::Ours } else { By::Typed }, times)
}

/// Panics unless both come to the same, for each provider.
pub fn check() {
    let read = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).expect("JSON");
    for sample in SAMPLES {
        let ours = Ours::of(sample);
        let (message, answer) = (sample.message.as_bytes(), sample.answer.as_bytes());
        assert_eq!(read(&ours.build(message)), read(&(sample.typed.build)(message)), "{}", sample.provider);
        assert_eq!(read(&ours.parse(answer)), read(&(sample.typed.parse)(answer)), "{}", sample.provider);
    }
}
