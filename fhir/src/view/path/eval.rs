//! What an expression comes to for a resource or a part of it.

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;

use super::item::{Atom, Item, Node};
use super::moment::Moment;
use super::{Expr, Function, Operator, boundary};

/// Why a view cannot be made of a resource. Nothing of the resource stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::view) struct Fault {
    pub(in crate::view) text: &'static str,
    /// Whether it is too much, and not wrong.
    pub(in crate::view) costly: bool,
}

impl Fault {
    const fn new(text: &'static str) -> Self {
        Self { text, costly: false }
    }

    pub(in crate::view) const COSTLY: Self =
        Self { text: "one resource makes too many rows, or takes too long", costly: true };
    pub(in crate::view) const NOT_BOOLEAN: Self = Self::new("it comes to neither true nor false");
    pub(in crate::view) const SEVERAL: Self =
        Self::new("there are several values where there may be one");
    pub(super) const RANGE: Self = Self::new("a number has too many digits to be computed with");
    pub(super) const NO_BOUNDARY: Self = Self::new("it is neither a number nor a date or time");
    const INDEX: Self = Self::new("the index is not a whole number from 0");
    const OPERANDS: Self = Self::new("values of these types cannot be computed or compared so");
    const OBJECTS: Self = Self::new("elements that have elements cannot be compared");
    const NOT_TEXT: Self = Self::new("what is joined is not text");
    const NOT_A_RESOURCE: Self = Self::new("getResourceKey() is for a resource");
    const NOT_A_REFERENCE: Self = Self::new("getReferenceKey() is for a Reference");
}

/// What an expression is evaluated with.
#[derive(Debug, Clone, Copy)]
pub(in crate::view) struct Env<'d, 's> {
    pub(in crate::view) constants: &'d [Item<'static>],
    /// The address of this server, below which references are its own.
    pub(in crate::view) base: Option<&'d str>,
    pub(in crate::view) row_index: i64,
    /// What may still be done for this resource.
    pub(in crate::view) steps: &'s Cell<u32>,
}

type Items<'d> = Vec<Item<'d>>;

impl<'d> Env<'d, '_> {
    /// Takes so many steps.
    pub(in crate::view) fn step(&self, count: usize) -> Result<(), Fault> {
        let count = u32::try_from(count).map_err(|_| Fault::COSTLY)?;
        self.steps.set(self.steps.get().checked_sub(count).ok_or(Fault::COSTLY)?);
        Ok(())
    }

    /// What the expression comes to for `focus`.
    pub(in crate::view) fn eval(
        &self,
        expr: &'d Expr,
        focus: &Item<'d>,
    ) -> Result<Items<'d>, Fault> {
        self.step(1)?;
        let items = match expr {
            Expr::This => vec![focus.clone()],
            Expr::Text(text) => vec![Item::Text(Cow::Borrowed(text))],
            Expr::Number(number) => vec![Item::Number(*number)],
            Expr::Bool(value) => vec![Item::Bool(*value)],
            Expr::Moment(text) => vec![Item::Moment(Cow::Borrowed(text))],
            Expr::Constant(place) => {
                self.constants.get(*place).map(Item::borrowed).into_iter().collect()
            }
            Expr::RowIndex => vec![Item::Number(super::Decimal::whole(self.row_index))],
            Expr::Member(of, name) => {
                let mut found = Vec::new();
                for item in self.eval(of, focus)? {
                    if let Item::Node(node) = item {
                        node.push_member(name, &mut found);
                    }
                }
                found
            }
            Expr::Index(of, index) => {
                let mut items = self.eval(of, focus)?;
                let index = self.eval(index, focus)?;
                match single(&index)?.map(Item::atom).transpose()?.flatten() {
                    None => Vec::new(),
                    Some(Atom::Number(number)) => {
                        let index = number.as_index().and_then(|it| usize::try_from(it).ok());
                        let index = index.ok_or(Fault::INDEX)?;
                        if index < items.len() {
                            vec![items.swap_remove(index)]
                        } else {
                            Vec::new()
                        }
                    }
                    Some(_) => return Err(Fault::INDEX),
                }
            }
            Expr::Call(of, function) => {
                let items = self.eval(of, focus)?;
                self.call(function, items, focus)?
            }
            Expr::Negated(of) => {
                let items = self.eval(of, focus)?;
                match single(&items)?.map(Item::atom).transpose()?.flatten() {
                    None => Vec::new(),
                    Some(Atom::Number(number)) => vec![Item::Number(number.negated())],
                    Some(_) => return Err(Fault::OPERANDS),
                }
            }
            Expr::Binary(operator, one, two) => {
                let one = self.eval(one, focus)?;
                let two = self.eval(two, focus)?;
                binary(*operator, &one, &two)?.into_iter().collect()
            }
        };
        self.step(items.len())?;
        Ok(items)
    }

    /// Whether a condition is met; `None` where it says nothing.
    pub(in crate::view) fn holds(
        &self,
        expr: &'d Expr,
        focus: &Item<'d>,
    ) -> Result<Option<bool>, Fault> {
        truth(&self.eval(expr, focus)?)
    }

    fn call(
        &self,
        function: &'d Function,
        mut items: Items<'d>,
        focus: &Item<'d>,
    ) -> Result<Items<'d>, Fault> {
        let bool = |value| Ok(vec![Item::Bool(value)]);
        match function {
            Function::Where(condition) => {
                let mut found = Vec::new();
                for item in items {
                    if self.holds(condition, &item)? == Some(true) {
                        found.push(item);
                    }
                }
                Ok(found)
            }
            Function::Exists(None) => bool(!items.is_empty()),
            Function::Exists(Some(condition)) => {
                for item in &items {
                    if self.holds(condition, item)? == Some(true) {
                        return bool(true);
                    }
                }
                bool(false)
            }
            Function::Empty => bool(items.is_empty()),
            Function::Not => Ok(truth(&items)?.map(|it| Item::Bool(!it)).into_iter().collect()),
            Function::First => {
                items.truncate(1);
                Ok(items)
            }
            Function::Join(separator) => self.join(&items, separator.as_deref(), focus),
            Function::OfType(name) => {
                items.retain(|item| item.is(name));
                Ok(items)
            }
            Function::Extension(url) => {
                let url = self.eval(url, focus)?;
                let Some(Atom::Text(url)) = single(&url)?.map(Item::atom).transpose()?.flatten()
                else {
                    return Err(Fault::NOT_TEXT);
                };
                let mut found = Vec::new();
                for item in items {
                    if let Item::Node(node) = item {
                        node.push_member("extension", &mut found);
                    }
                }
                found.retain(|item| match item {
                    Item::Node(Node { value: Some(value), .. }) => {
                        value.str_at("url").is_some_and(|it| it == url)
                    }
                    _ => false,
                });
                Ok(found)
            }
            Function::LowBoundary | Function::HighBoundary => {
                let high = *function == Function::HighBoundary;
                let found = match single(&items)? {
                    Some(item) => boundary::of(item, high)?,
                    None => None,
                };
                Ok(found.into_iter().collect())
            }
            Function::ResourceKey => {
                let mut keys = Vec::new();
                for item in &items {
                    let Item::Node(node) = item else { return Err(Fault::NOT_A_RESOURCE) };
                    node.resource_type().ok_or(Fault::NOT_A_RESOURCE)?;
                    keys.extend(node.value.and_then(|it| it.str_at("id")).map(Item::Text));
                }
                Ok(keys)
            }
            Function::ReferenceKey(kind) => {
                let mut keys = Vec::new();
                for item in &items {
                    let Item::Node(Node { value, kind: of, .. }) = item else {
                        return Err(Fault::NOT_A_REFERENCE);
                    };
                    if of.is_some_and(|of| of.name() != "Reference") {
                        return Err(Fault::NOT_A_REFERENCE);
                    }
                    let reference = value.and_then(|it| it.str_at("reference"));
                    let key = reference.and_then(|it| self.key(&it, kind.as_deref()));
                    keys.extend(key.map(|key| Item::Text(Cow::Owned(key))));
                }
                Ok(keys)
            }
        }
    }

    fn join(
        &self,
        items: &[Item<'d>],
        separator: Option<&'d Expr>,
        focus: &Item<'d>,
    ) -> Result<Items<'d>, Fault> {
        let separator = match separator {
            Some(separator) => self.eval(separator, focus)?,
            None => Vec::new(),
        };
        let between = match single(&separator)?.map(Item::atom).transpose()?.flatten() {
            None => Cow::Borrowed(""),
            Some(Atom::Text(text)) => text,
            Some(_) => return Err(Fault::NOT_TEXT),
        };
        let mut parts = Vec::new();
        for item in items {
            match item.atom()? {
                None => {}
                Some(Atom::Text(text) | Atom::Moment(text)) => parts.push(text),
                Some(_) => return Err(Fault::NOT_TEXT),
            }
        }
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Item::Text(Cow::Owned(parts.join(&between)))])
    }

    /// The key of what a reference points to, if it is here and of that type.
    fn key(&self, reference: &str, kind: Option<&str>) -> Option<String> {
        let own = self.base.and_then(|base| reference.strip_prefix(base)?.strip_prefix('/'));
        let mut parts = own.unwrap_or(reference).split('/');
        let (named, id) = (parts.next()?, parts.next().filter(|id| !id.is_empty())?);
        let is_type = named.starts_with(|it: char| it.is_ascii_uppercase());
        let ends = matches!(
            (parts.next(), parts.next(), parts.next()),
            (None, ..) | (Some("_history"), Some(_), None)
        );
        (is_type && ends && kind.is_none_or(|kind| kind == named)).then(|| id.to_owned())
    }
}

/// The one item, or none.
fn single<'i, 'd>(items: &'i [Item<'d>]) -> Result<Option<&'i Item<'d>>, Fault> {
    match items {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(Fault::SEVERAL),
    }
}

/// A collection as a condition: what is there and no boolean counts as true.
fn truth(items: &[Item<'_>]) -> Result<Option<bool>, Fault> {
    let Some(item) = single(items)? else { return Ok(None) };
    Ok(item.atom()?.map(|atom| match atom {
        Atom::Bool(value) => value,
        _ => true,
    }))
}

fn binary<'d>(
    operator: Operator,
    one: &[Item<'d>],
    two: &[Item<'d>],
) -> Result<Option<Item<'d>>, Fault> {
    let compared =
        |fits: fn(Ordering) -> bool| Ok(order(one, two)?.map(|order| Item::Bool(fits(order))));
    match operator {
        Operator::And => Ok(match (truth(one)?, truth(two)?) {
            (Some(false), _) | (_, Some(false)) => Some(Item::Bool(false)),
            (Some(true), Some(true)) => Some(Item::Bool(true)),
            _ => None,
        }),
        Operator::Or => Ok(match (truth(one)?, truth(two)?) {
            (Some(true), _) | (_, Some(true)) => Some(Item::Bool(true)),
            (Some(false), Some(false)) => Some(Item::Bool(false)),
            _ => None,
        }),
        Operator::Equal => Ok(equal(one, two)?.map(Item::Bool)),
        Operator::NotEqual => Ok(equal(one, two)?.map(|it| Item::Bool(!it))),
        Operator::Less => compared(Ordering::is_lt),
        Operator::LessOrEqual => compared(Ordering::is_le),
        Operator::Greater => compared(Ordering::is_gt),
        Operator::GreaterOrEqual => compared(Ordering::is_ge),
        Operator::Plus | Operator::Minus | Operator::Times | Operator::Divided => {
            computed(operator, one, two)
        }
    }
}

/// Whether the collections hold the same in the same order; `None` where one is empty, or it cannot
/// be said of dates.
fn equal(one: &[Item<'_>], two: &[Item<'_>]) -> Result<Option<bool>, Fault> {
    if one.is_empty() || two.is_empty() {
        return Ok(None);
    }
    if one.len() != two.len() {
        return Ok(Some(false));
    }
    let mut all = Some(true);
    for (one, two) in one.iter().zip(two) {
        let same = match (one.atom()?, two.atom()?) {
            (None, _) | (_, None) => None,
            (Some(Atom::Object), _) | (_, Some(Atom::Object)) => return Err(Fault::OBJECTS),
            (Some(one), Some(two)) => match compare(&one, &two)? {
                Compared::Order(order) => order.map(Ordering::is_eq),
                Compared::Different => Some(false),
            },
        };
        match same {
            Some(true) => {}
            Some(false) => return Ok(Some(false)),
            None => all = None,
        }
    }
    Ok(all)
}

fn order(one: &[Item<'_>], two: &[Item<'_>]) -> Result<Option<Ordering>, Fault> {
    let (Some(one), Some(two)) = (single(one)?, single(two)?) else { return Ok(None) };
    match (one.atom()?, two.atom()?) {
        (None, _) | (_, None) => Ok(None),
        (Some(Atom::Bool(_)), _) => Err(Fault::OPERANDS),
        (Some(one), Some(two)) => match compare(&one, &two)? {
            Compared::Order(order) => Ok(order),
            Compared::Different => Err(Fault::OPERANDS),
        },
    }
}

enum Compared {
    /// `None` where it cannot be said of dates.
    Order(Option<Ordering>),
    /// Of types that have no order among them.
    Different,
}

fn compare(one: &Atom<'_>, two: &Atom<'_>) -> Result<Compared, Fault> {
    Ok(Compared::Order(match (one, two) {
        (Atom::Text(one), Atom::Text(two)) => Some(one.cmp(two)),
        (Atom::Bool(one), Atom::Bool(two)) => Some(one.cmp(two)),
        (Atom::Number(one), Atom::Number(two)) => Some(one.compare(*two).ok_or(Fault::RANGE)?),
        // Of what is not known to be a date, the other side knows it.
        (Atom::Moment(one), Atom::Moment(two) | Atom::Text(two))
        | (Atom::Text(one), Atom::Moment(two)) => match (Moment::parse(one), Moment::parse(two)) {
            (Some(one), Some(two)) => one.compare(two),
            _ => return Ok(Compared::Different),
        },
        _ => return Ok(Compared::Different),
    }))
}

fn computed<'d>(
    operator: Operator,
    one: &[Item<'d>],
    two: &[Item<'d>],
) -> Result<Option<Item<'d>>, Fault> {
    let (Some(one), Some(two)) = (single(one)?, single(two)?) else { return Ok(None) };
    let (one, two) = match (one.atom()?, two.atom()?) {
        (None, _) | (_, None) => return Ok(None),
        (Some(Atom::Text(one)), Some(Atom::Text(two))) if operator == Operator::Plus => {
            return Ok(Some(Item::Text(Cow::Owned(format!("{one}{two}")))));
        }
        (Some(Atom::Number(one)), Some(Atom::Number(two))) => (one, two),
        _ => return Err(Fault::OPERANDS),
    };
    let number = match operator {
        Operator::Plus => one.plus(two),
        Operator::Minus => one.plus(two.negated()),
        Operator::Times => one.times(two),
        _ if two.is_zero() => return Ok(None),
        _ => one.divided(two),
    };
    Ok(Some(Item::Number(number.ok_or(Fault::RANGE)?)))
}
