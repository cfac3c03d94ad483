//! What can be asked of a provider.

use crate::{
    account::Account,
    answer::Answer,
    error::{Error, ErrorKind, Violation, joined},
    http::{Request, Response, is_segment},
    input::{Input, Members, read},
    message::Message,
    provider::Provider,
    reply::{AccountCheck, Groups, QuotaReport, Receipt, StatusReport},
};
use serde::Serialize;

/// One thing that can be asked of a provider: the request, and the reply that comes of it.
pub trait Call: Sized + 'static {
    /// What a success comes to.
    type Reply;

    /// The name of the call in JSON.
    const NAME: &'static str;

    /// How this provider does it; `None` where it cannot.
    fn endpoint(provider: &Provider) -> Option<&Endpoint<Self>>;

    /// What is wrong with the call for this provider, found before any request is made.
    fn check(&self, _: &Provider) -> Result<(), Error> {
        Ok(())
    }
}

/// How one provider does one call: the builder of the request and the reader of the answer, always together.
pub struct Endpoint<C: Call> {
    pub(crate) request: fn(&Account, &C) -> Result<Request, Error>,
    pub(crate) reply: fn(&Account, &Answer<'_>) -> Result<C::Reply, Error>,
}

impl Call for Message {
    type Reply = Receipt;
    const NAME: &'static str = "send_message";

    fn endpoint(provider: &Provider) -> Option<&Endpoint<Self>> {
        Some(&provider.send_message)
    }

    fn check(&self, provider: &Provider) -> Result<(), Error> {
        Self::check(self)?;
        provider.check_message(self)
    }
}

/// Asks how far a message is.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields, inline))]
pub struct MessageStatus {
    /// The provider's id of the message.
    pub id: String,
}

impl MessageStatus {
    fn read(input: Input<'_, '_>) -> Option<Self> {
        let mut members = input.members()?;
        let id = members.required("id").and_then(Input::string);
        members.end();
        id.map(|id| Self { id })
    }
}

impl Call for MessageStatus {
    type Reply = StatusReport;
    const NAME: &'static str = "message_status";

    fn endpoint(provider: &Provider) -> Option<&Endpoint<Self>> {
        provider.message_status.as_ref()
    }

    fn check(&self, _: &Provider) -> Result<(), Error> {
        if is_segment(&self.id) {
            return Ok(());
        }
        Err(Error::invalid(vec![Violation::new("/id", "the provider's id of the message")]))
    }
}

/// Asks whether the credentials are good.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields, inline))]
pub struct CheckAccount {}

impl Call for CheckAccount {
    type Reply = AccountCheck;
    const NAME: &'static str = "check_account";

    fn endpoint(provider: &Provider) -> Option<&Endpoint<Self>> {
        provider.check_account.as_ref()
    }
}

/// Asks how many messages the plan still allows.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields, inline))]
pub struct Quota {}

impl Call for Quota {
    type Reply = QuotaReport;
    const NAME: &'static str = "quota";

    fn endpoint(provider: &Provider) -> Option<&Endpoint<Self>> {
        provider.quota.as_ref()
    }
}

/// Asks for the groups that the account can post to.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields, inline))]
pub struct ListGroups {}

impl Call for ListGroups {
    type Reply = Groups;
    const NAME: &'static str = "list_groups";

    fn endpoint(provider: &Provider) -> Option<&Endpoint<Self>> {
        provider.list_groups.as_ref()
    }
}

/// A call without parameters.
fn nothing(input: Input<'_, '_>) -> Option<()> {
    input.members().map(Members::end)
}

impl Account {
    /// The request that makes this call. What the provider cannot do, and what is wrong with the call, is told
    /// here, before any contact with the provider.
    pub fn request<C: Call>(&self, call: &C) -> Result<Request, Error> {
        let endpoint = self.endpoint::<C>()?;
        call.check(self.provider)?;
        (endpoint.request)(self, call)
    }

    /// What the provider's answer to this call comes to.
    pub fn reply<C: Call>(&self, response: &Response) -> Result<C::Reply, Error> {
        let endpoint = self.endpoint::<C>()?;
        let response = self.without_secrets(response);
        (endpoint.reply)(self, &self.answer(&response)?)
    }

    /// The provider's id of a message in an answer that is no success, where it tells one: with that, the provider can
    /// be asked what became of the message.
    #[must_use]
    pub fn id_in(&self, response: &Response) -> Option<String> {
        let as_success = Response { status: 200, ..response.clone() };
        self.reply::<Message>(&as_success).ok()?.id
    }

    fn answer<'r>(&self, response: &'r Response) -> Result<Answer<'r>, Error> {
        Answer::read(response).map_err(|error| match error.kind {
            // Words in an answer that cannot be read prove nothing.
            ErrorKind::Malformed => error,
            _ => (self.provider.refine)(error),
        })
    }

    fn endpoint<C: Call>(&self) -> Result<&'static Endpoint<C>, Error> {
        C::endpoint(self.provider).ok_or_else(|| self.lacks(C::NAME))
    }

    fn lacks(&self, call: &str) -> Error {
        Error::new(ErrorKind::Unsupported, format!("{} has no call {call}", self.provider.name))
    }
}

/// The names of all calls.
pub(crate) const CALLS: &[&str] =
    &[Message::NAME, MessageStatus::NAME, CheckAccount::NAME, Quota::NAME, ListGroups::NAME];

fn no_such_call() -> String {
    format!("a call is one of {}", joined(CALLS.iter(), ", "))
}

/// Any of the calls, as JSON: `{ "send_message": { … } }`, `{ "quota": {} }`.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Call", rename_all = "snake_case"))]
pub enum AnyCall {
    /// Sends a [`Message`].
    SendMessage(Box<Message>),
    /// [`MessageStatus`]
    MessageStatus(MessageStatus),
    /// [`CheckAccount`]
    CheckAccount(CheckAccount),
    /// [`Quota`]
    Quota(Quota),
    /// [`ListGroups`]
    ListGroups(ListGroups),
}

/// The reply to any of the calls, as JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum AnyReply {
    /// To [`AnyCall::SendMessage`].
    Receipt(Receipt),
    /// To [`AnyCall::MessageStatus`].
    Status(StatusReport),
    /// To [`AnyCall::CheckAccount`].
    Account(AccountCheck),
    /// To [`AnyCall::Quota`].
    Quota(QuotaReport),
    /// To [`AnyCall::ListGroups`].
    Groups(Groups),
}

impl AnyCall {
    /// Reads a call from JSON; an error says where it is wrong, with pointers into what the call holds.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        read(json, |input| match input.json.object().0.as_slice() {
            [(name, json)] => Self::read(name, Input { json: *json, ..input }),
            _ => input.wrong(no_such_call()),
        })
    }

    /// Reads what the call of this name holds from JSON.
    pub fn named(name: &str, json: &[u8]) -> Result<Self, Error> {
        read(json, |input| Self::read(name, input))
    }

    fn read(name: &str, input: Input<'_, '_>) -> Option<Self> {
        match name {
            Message::NAME => Message::read(input).map(Box::new).map(Self::SendMessage),
            MessageStatus::NAME => MessageStatus::read(input).map(Self::MessageStatus),
            CheckAccount::NAME => nothing(input).map(|()| Self::CheckAccount(CheckAccount {})),
            Quota::NAME => nothing(input).map(|()| Self::Quota(Quota {})),
            ListGroups::NAME => nothing(input).map(|()| Self::ListGroups(ListGroups {})),
            _ => input.wrong(no_such_call()),
        }
    }

    /// [`Account::request`] for this call.
    pub fn request(&self, account: &Account) -> Result<Request, Error> {
        match self {
            Self::SendMessage(call) => account.request(call.as_ref()),
            Self::MessageStatus(call) => account.request(call),
            Self::CheckAccount(call) => account.request(call),
            Self::Quota(call) => account.request(call),
            Self::ListGroups(call) => account.request(call),
        }
    }

    /// Its name in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SendMessage(_) => Message::NAME,
            Self::MessageStatus(_) => MessageStatus::NAME,
            Self::CheckAccount(_) => CheckAccount::NAME,
            Self::Quota(_) => Quota::NAME,
            Self::ListGroups(_) => ListGroups::NAME,
        }
    }

    /// [`Account::reply`] for this call.
    pub fn reply(&self, account: &Account, response: &Response) -> Result<AnyReply, Error> {
        AnyReply::read(self.name(), account, response)
    }
}

impl AnyReply {
    /// [`Account::reply`] for the call of this name.
    pub fn read(call: &str, account: &Account, response: &Response) -> Result<Self, Error> {
        match call {
            Message::NAME => account.reply::<Message>(response).map(Self::Receipt),
            MessageStatus::NAME => account.reply::<MessageStatus>(response).map(Self::Status),
            CheckAccount::NAME => account.reply::<CheckAccount>(response).map(Self::Account),
            Quota::NAME => account.reply::<Quota>(response).map(Self::Quota),
            ListGroups::NAME => account.reply::<ListGroups>(response).map(Self::Groups),
            _ => Err(Error::invalid(vec![Violation::new("", no_such_call())])),
        }
    }
}
