//! Rows of a resource.

use std::cell::Cell as Count;

use thiserror::Error;

use super::cell::{Cell, Row, Scalar};
use super::definition::{Column, Each, Path, Select, View};
use super::path::Expr;
use super::path::eval::{Env, Fault};
use super::path::item::{Item, Node};
use crate::json::Value;

/// Steps that one resource may take: parts of expressions, items and cells.
const STEPS: u32 = 200_000;
/// How deep a repeat goes: deeper than JSON is nested, so only a path that leads nowhere gets there.
const DEPTH: usize = 128;

/// Why a view cannot be made of a resource. Nothing of the resource stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {text}")]
pub struct RunError {
    /// Where in the view.
    pub place: String,
    /// A sentence for a person.
    pub text: &'static str,
    /// Whether it would be too much, and is not wrong.
    pub costly: bool,
}

impl RunError {
    fn at(place: &str) -> impl Fn(Fault) -> Self {
        move |Fault { text, costly }| Self { place: place.to_owned(), text, costly }
    }
}

type Rows<'d> = Vec<Row<'d>>;

impl View {
    /// The rows of a resource: none where it is of another type, or does not meet a condition. What
    /// is referred to below `base`, the address of the server, is its own.
    ///
    /// # Errors
    /// When the resource makes something of an expression that cannot be, or too much.
    pub fn rows<'d>(
        &'d self,
        resource: Value<'d>,
        base: Option<&'d str>,
    ) -> Result<Rows<'d>, RunError> {
        let steps = &Count::new(STEPS);
        if resource.str_at("resourceType").is_none_or(|kind| kind != self.resource.as_str()) {
            return Ok(Vec::new());
        }
        let focus = Item::Node(Node::resource(resource));
        let env = Env { constants: &self.constants, base, row_index: 0, steps };
        for filter in &self.filters {
            let at = RunError::at(&filter.place);
            let items = env.eval(&filter.expr, &focus).map_err(&at)?;
            let holds = match items.as_slice() {
                [] => false,
                [one] if one.is("boolean") => {
                    matches!(Scalar::of(one.clone()), Some(scalar) if scalar.is_true())
                }
                [_] => return Err(at(Fault::NOT_BOOLEAN)),
                _ => return Err(at(Fault::SEVERAL)),
            };
            if !holds {
                return Ok(Vec::new());
            }
        }
        process(&self.root, &focus, env)
    }
}

fn process<'d>(
    select: &'d Select,
    around: &Item<'d>,
    env: Env<'d, '_>,
) -> Result<Rows<'d>, RunError> {
    let eval = |path: &'d Path| env.eval(&path.expr, around).map_err(RunError::at(&path.place));
    let foci = match &select.each {
        Each::This => return part(select, around, env),
        Each::Of(path) => eval(path)?,
        Each::OfOrNull(path) => {
            let foci = eval(path)?;
            if foci.is_empty() {
                return Ok(vec![null_row(select)]);
            }
            foci
        }
        Each::Repeat(paths) => {
            let mut found = Vec::new();
            descend(paths, around, env, 0, &mut found)?;
            found
        }
    };
    let mut rows = Vec::new();
    for (row_index, focus) in (0..).zip(&foci) {
        rows.append(&mut part(select, focus, Env { row_index, ..env })?);
    }
    Ok(rows)
}

/// What the paths lead to, and what they lead to from there, each before what is below it.
fn descend<'d>(
    paths: &'d [Path],
    from: &Item<'d>,
    env: Env<'d, '_>,
    depth: usize,
    found: &mut Vec<Item<'d>>,
) -> Result<(), RunError> {
    for path in paths {
        for item in env.eval(&path.expr, from).map_err(RunError::at(&path.place))? {
            if depth > DEPTH {
                return Err(RunError::at(&path.place)(Fault::COSTLY));
            }
            found.push(item.clone());
            descend(paths, &item, env, depth + 1, found)?;
        }
    }
    Ok(())
}

/// The rows of one focus: its columns, with each row of each selection in it.
fn part<'d>(select: &'d Select, focus: &Item<'d>, env: Env<'d, '_>) -> Result<Rows<'d>, RunError> {
    let mut row = Vec::new();
    for column in &select.columns {
        row.push(cell(column, focus, env).map_err(RunError::at(&column.path.place))?);
    }
    let mut rows = vec![row];
    for nested in &select.selects {
        rows = product(&rows, &process(nested, focus, env)?, env)?;
    }
    if !select.union.is_empty() {
        let mut all = Vec::new();
        for branch in &select.union {
            all.append(&mut process(branch, focus, env)?);
        }
        rows = product(&rows, &all, env)?;
    }
    Ok(rows)
}

fn product<'d>(one: &Rows<'d>, two: &Rows<'d>, env: Env<'d, '_>) -> Result<Rows<'d>, RunError> {
    let width = one.first().map_or(0, Vec::len) + two.first().map_or(0, Vec::len);
    env.step(one.len().saturating_mul(two.len()).saturating_mul(width.max(1)))
        .map_err(RunError::at("ViewDefinition.select"))?;
    let mut rows = Vec::with_capacity(one.len() * two.len());
    for left in one {
        for right in two {
            rows.push(left.iter().chain(right).cloned().collect());
        }
    }
    Ok(rows)
}

fn cell<'d>(column: &'d Column, focus: &Item<'d>, env: Env<'d, '_>) -> Result<Cell<'d>, Fault> {
    let items = env.eval(&column.path.expr, focus)?;
    if items.len() > 1 && !column.collection {
        return Err(Fault::SEVERAL);
    }
    let mut scalars: Vec<Scalar<'d>> = items.into_iter().filter_map(Scalar::of).collect();
    Ok(if column.collection {
        Cell::Many(scalars)
    } else {
        scalars.pop().map_or(Cell::Null, Cell::One)
    })
}

/// The row of a forEachOrNull that has nothing to go through: nothing, and 0 for the row's number.
fn null_row<'d>(select: &'d Select) -> Row<'d> {
    let cell = |column: &Column| match column.path.expr {
        Expr::RowIndex => Cell::One(Scalar::Plain("0".to_owned())),
        _ => Cell::Null,
    };
    let mut row: Row<'d> = select.columns.iter().map(cell).collect();
    for nested in select.selects.iter().chain(select.union.first()) {
        row.append(&mut null_row(nested));
    }
    row
}
