//! Variables: what a name in a template stands for.

use super::view::view;
use crate::{error::joined, json::Json};
use std::{
    borrow::Cow,
    cell::{Cell, OnceCell},
};

/// A value of the payload. What is in it is read when somebody asks for it, and once.
pub(super) struct Node<'a> {
    pub(super) json: Json<'a>,
    children: OnceCell<Vec<Member<'a>>>,
}

/// A member of an object, or an item, which has no name.
pub(super) type Member<'a> = (Cow<'a, str>, Node<'a>);

impl<'a> Node<'a> {
    pub(super) fn of(json: Json<'a>) -> Self {
        Self { json, children: OnceCell::new() }
    }

    /// The members of an object or the items of an array; else none.
    pub(super) fn children(&self) -> &[Member<'a>] {
        self.children.get_or_init(|| {
            let mut children = Vec::new();
            for item in self.json.array().unwrap_or_default() {
                children.push((Cow::Borrowed(""), Self::of(item)));
            }
            for (name, member) in self.json.object().0 {
                children.push((name, Self::of(member)));
            }
            children
        })
    }

    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        let found = self.children().iter().find(|(other, _)| other == name).map(|(_, node)| node);
        found.filter(|_| self.json.is_object())
    }
}

/// What a name stands for.
#[derive(Clone)]
pub(super) enum Value<'v, 'a> {
    Node(&'v Node<'a>),
    /// Some items of an array.
    Items(&'v [Member<'a>]),
    /// What was made of a value.
    Text(Cow<'v, str>),
}

impl<'v, 'a> Value<'v, 'a> {
    /// The items of a list; `None` where it is none.
    pub(super) fn items(&self) -> Option<&'v [Member<'a>]> {
        match self {
            Self::Node(node) if node.json.is_array() => Some(node.children()),
            Self::Items(items) => Some(items),
            _ => None,
        }
    }

    /// Numbers as they stand in the payload, lists with commas, objects as JSON.
    pub(super) fn text(&self) -> Cow<'v, str> {
        match (self, self.items()) {
            (Self::Text(text), _) => text.clone(),
            (_, Some(items)) => joined(items.iter().map(|(_, item)| Value::Node(item).text()), ", ").into(),
            (Self::Node(node), _) if node.json.is_string() => node.json.string().unwrap_or_default(),
            (Self::Node(node), _) if !node.json.is_null() => node.json.text().into(),
            _ => "".into(),
        }
    }

    /// How much there is to look at.
    fn size(&self) -> usize {
        match (self, self.items()) {
            (Self::Text(text), _) => text.len(),
            (Self::Node(node), None) => node.json.text().len(),
            (_, items) => items.map_or(0, <[_]>::len),
        }
    }

    /// Whether it counts as being there: `null`, `false`, 0 and what is empty do not.
    pub(super) fn is_truthy(&self) -> bool {
        match self {
            Self::Node(node) if node.json.is_array() || node.json.is_object() => !node.children().is_empty(),
            Self::Node(node) => !matches!(node.json.text(), "null" | "false" | "0" | "\"\""),
            Self::Items(items) => !items.is_empty(),
            Self::Text(text) => !matches!(text.as_ref(), "" | "0"),
        }
    }
}

/// Where in the payload the template is: names are looked up here, then further out.
pub(super) struct Scope<'s, 'a> {
    pub(super) value: Value<'s, 'a>,
    pub(super) outer: Option<&'s Scope<'s, 'a>>,
    pub(super) budget: &'s Budget,
}

impl<'s, 'a> Scope<'s, 'a> {
    /// A place further in.
    pub(super) fn inner<'i>(&'i self, value: Value<'i, 'a>) -> Scope<'i, 'a> {
        Scope { value, outer: Some(self), budget: self.budget }
    }

    /// What a dotted name stands for; `None` where there is no such thing.
    pub(super) fn find(&self, name: &str) -> Option<Value<'_, 'a>> {
        let mut owner = None;
        let (mut value, mut rest) = match name.strip_prefix('.') {
            Some(rest) => (self.value.clone(), rest),
            None => {
                let (first, rest) = name.split_once('.').unwrap_or((name, ""));
                let (node, member) = self.lookup(first)?;
                owner = Some(node);
                (Value::Node(member), rest)
            }
        };
        while !rest.is_empty() {
            let (name, after) = rest.split_once('.').unwrap_or((rest, ""));
            value = match value {
                Value::Node(node) if node.json.is_object() => {
                    self.budget.spend(node.children().len())?;
                    owner = Some(node);
                    Value::Node(node.member(name)?)
                }
                value => {
                    self.budget.spend(value.size())?;
                    // A word to compare with may have dots: it is all that follows.
                    if name.starts_with("is_") {
                        return view(&value, owner, rest);
                    }
                    view(&value, owner, name)?
                }
            };
            rest = after;
        }
        Some(value)
    }

    /// The nearest object that has this member, and the member.
    fn lookup(&self, name: &str) -> Option<(&'s Node<'a>, &'s Node<'a>)> {
        let mut scope = Some(self);
        while let Some(Scope { value, outer, .. }) = scope {
            if let Value::Node(node) = value {
                self.budget.spend(node.children().len())?;
                if let Some(member) = node.member(name) {
                    return Some((node, member));
                }
            }
            scope = *outer;
        }
        None
    }
}

/// What a template may still do.
pub(super) struct Budget {
    pub(super) fuel: Cell<usize>,
    /// What a section costs.
    pub(super) length: usize,
}

impl Budget {
    /// Pays for looking at so many members, or for writing so many bytes; `None` when there is too little left.
    pub(super) fn spend(&self, work: usize) -> Option<()> {
        let left = self.fuel.get().checked_sub(work + 1);
        self.fuel.set(left.unwrap_or_default());
        left.map(drop)
    }

    /// Pays for a section.
    pub(super) fn section(&self) -> Option<()> {
        self.spend(self.length)
    }
}
