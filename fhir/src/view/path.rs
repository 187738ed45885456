//! The subset of `FHIRPath` (<http://hl7.org/fhirpath/N1/>) of views.

pub(super) mod boundary;
pub(super) mod decimal;
pub(super) mod eval;
pub(super) mod item;
mod lex;
pub(super) mod moment;
mod parse;

pub(super) use parse::parse;

use decimal::Decimal;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// What it is evaluated on, `$this`.
    This,
    Text(String),
    Number(Decimal),
    Bool(bool),
    /// A date, dateTime or time.
    Moment(String),
    /// A constant of the view, by its place in the list.
    Constant(usize),
    RowIndex,
    Member(Box<Self>, String),
    Index(Box<Self>, Box<Self>),
    Call(Box<Self>, Function),
    Negated(Box<Self>),
    Binary(Operator, Box<Self>, Box<Self>),
}

/// A function, with what it is called with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Function {
    Where(Box<Expr>),
    Exists(Option<Box<Expr>>),
    Empty,
    Not,
    First,
    Join(Option<Box<Expr>>),
    OfType(String),
    Extension(Box<Expr>),
    LowBoundary,
    HighBoundary,
    ResourceKey,
    ReferenceKey(Option<String>),
}

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divided,
}

/// Why a text is not an expression of the subset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathError {
    /// Character at which it was seen, from 1.
    pub(super) at: usize,
    /// Whether it is `FHIRPath`, but not of the subset.
    pub(super) outside: bool,
    pub(super) text: String,
}
