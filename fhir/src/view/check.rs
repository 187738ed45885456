//! What an expression may come to, by the definitions of R4 and before there is a resource: a name
//! that no element has would otherwise be an empty column.

use super::path::{Expr, Function, Operator};
use crate::validate::elements::Kind;

/// The types of what an expression comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// Not known: of a type that the element table does not describe.
    Any,
    /// Elements of one of these types.
    Elements(Vec<Kind>),
    Text,
    Number,
    Bool,
    Moment,
}

/// What can be compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Text,
    Number,
    Bool,
    Object,
}

impl Shape {
    /// Elements of the type of that name.
    pub(super) fn named(name: &str) -> Self {
        Kind::named(name).map_or(Self::Any, |kind| Self::Elements(vec![kind]))
    }

    /// Either.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Elements(mut one), Self::Elements(two)) => {
                for kind in two {
                    if !one.contains(&kind) {
                        one.push(kind);
                    }
                }
                Self::Elements(one)
            }
            (one, two) if one == two => one,
            _ => Self::Any,
        }
    }

    /// Whether it may be true or false.
    pub(super) fn may_hold(&self) -> bool {
        self.classes().is_none_or(|classes| classes.contains(&Class::Bool))
    }

    /// Whether it may be an element that has elements.
    pub(super) fn may_have_elements(&self) -> bool {
        self.classes().is_some_and(|classes| classes.contains(&Class::Object))
    }

    /// Whether it may be what a column of that type says.
    pub(super) fn may_be(&self, declared: &str) -> bool {
        match (self, Kind::named(declared)) {
            (_, None) | (Self::Any, _) => true,
            (Self::Elements(kinds), Some(kind)) if !kind.is_primitive() => {
                kinds.iter().any(|it| it.is(declared) || it.name() == "Resource")
            }
            (_, Some(kind)) => may_meet(self, &Self::Elements(vec![kind])),
        }
    }

    /// `None` where it is not known.
    fn classes(&self) -> Option<Vec<Class>> {
        Some(match self {
            Self::Any => return None,
            Self::Text | Self::Moment => vec![Class::Text],
            Self::Number => vec![Class::Number],
            Self::Bool => vec![Class::Bool],
            Self::Elements(kinds) => kinds.iter().map(|kind| class(*kind)).collect(),
        })
    }
}

fn class(kind: Kind) -> Class {
    match kind.name() {
        "boolean" => Class::Bool,
        "decimal" | "integer" | "positiveInt" | "unsignedInt" => Class::Number,
        _ if kind.is_primitive() => Class::Text,
        _ => Class::Object,
    }
}

fn may_meet(one: &Shape, two: &Shape) -> bool {
    match (one.classes(), two.classes()) {
        (Some(one), Some(two)) => one.iter().any(|class| two.contains(class)),
        _ => true,
    }
}

type Checked = Result<Shape, String>;

/// The types of what the expression comes to on `focus`; `constants` are those of the view's.
///
/// # Errors
/// A sentence on what cannot be.
pub(super) fn infer(expr: &Expr, focus: &Shape, constants: &[Shape]) -> Checked {
    Ok(match expr {
        Expr::This => focus.clone(),
        Expr::Text(_) => Shape::Text,
        Expr::Number(_) | Expr::RowIndex => Shape::Number,
        Expr::Bool(_) => Shape::Bool,
        Expr::Moment(_) => Shape::Moment,
        Expr::Constant(place) => constants.get(*place).cloned().unwrap_or(Shape::Any),
        Expr::Member(of, name) => member(&infer(of, focus, constants)?, name)?,
        Expr::Index(of, index) => {
            let index = infer(index, focus, constants)?;
            if !may_meet(&index, &Shape::Number) {
                return Err("an index is a number".to_owned());
            }
            infer(of, focus, constants)?
        }
        Expr::Call(of, function) => {
            let of = infer(of, focus, constants)?;
            call(function, of, focus, constants)?
        }
        Expr::Negated(of) => operands(&infer(of, focus, constants)?, &Shape::Number, "-")?,
        Expr::Binary(operator, one, two) => {
            let one = infer(one, focus, constants)?;
            binary(*operator, &one, &infer(two, focus, constants)?)?
        }
    })
}

fn member(of: &Shape, name: &str) -> Checked {
    let kinds = match of {
        Shape::Any => return Ok(Shape::Any),
        Shape::Elements(kinds) => kinds,
        _ => return Err(format!("what is computed has no element {name}")),
    };
    if kinds.iter().any(|kind| kind.name() == "Resource") {
        return Ok(Shape::Any);
    }
    let mut found = Vec::new();
    for kind in kinds.iter().flat_map(|kind| kind.element(name)) {
        if !found.contains(&kind) {
            found.push(kind);
        }
    }
    if !found.is_empty() {
        return Ok(Shape::Elements(found));
    }
    if kinds.iter().any(|kind| kind.name() == name) {
        return Ok(of.clone());
    }
    let types: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let advice = if kinds.iter().any(|kind| kind.property(name).is_some()) {
        "; a choice is written without the name of the type, and with ofType()"
    } else {
        ""
    };
    Err(format!("{} has no element {name}{advice}", types.join(" or ")))
}

fn call(function: &Function, of: Shape, focus: &Shape, constants: &[Shape]) -> Checked {
    Ok(match function {
        Function::Where(condition) => {
            infer(condition, &of, constants)?;
            of
        }
        Function::Exists(condition) => {
            condition.as_ref().map(|condition| infer(condition, &of, constants)).transpose()?;
            Shape::Bool
        }
        Function::Empty | Function::Not => Shape::Bool,
        Function::First => of,
        Function::Join(separator) => {
            let separator = separator.as_ref().map(|it| infer(it, focus, constants)).transpose()?;
            let texts = [Some(of), separator].into_iter().flatten();
            for text in texts {
                operands(&text, &Shape::Text, "join()")?;
            }
            Shape::Text
        }
        Function::OfType(name) => match of {
            Shape::Elements(kinds) if kinds.iter().all(|kind| kind.name() != "Resource") => {
                let fits: Vec<Kind> = kinds.iter().copied().filter(|kind| kind.is(name)).collect();
                if fits.is_empty() {
                    let types: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
                    return Err(format!("{name} is none of its types: {}", types.join(", ")));
                }
                Shape::Elements(fits)
            }
            _ => Shape::named(name),
        },
        Function::Extension(url) => {
            operands(&infer(url, focus, constants)?, &Shape::Text, "extension()")?;
            if !matches!(of, Shape::Any | Shape::Elements(_)) {
                return Err("what is computed has no extensions".to_owned());
            }
            Shape::named("Extension")
        }
        Function::LowBoundary | Function::HighBoundary => boundary(&of)?,
        Function::ResourceKey => Shape::Text,
        Function::ReferenceKey(_) => {
            let is_reference = match &of {
                Shape::Any => true,
                Shape::Elements(kinds) => kinds.iter().any(|kind| kind.name() == "Reference"),
                _ => false,
            };
            if !is_reference {
                return Err("getReferenceKey() is for a Reference".to_owned());
            }
            Shape::Text
        }
    })
}

fn boundary(of: &Shape) -> Checked {
    let Shape::Elements(kinds) = of else {
        return match of {
            Shape::Bool => Err("true and false have no boundary".to_owned()),
            Shape::Number => Ok(Shape::Number),
            Shape::Any => Ok(Shape::Any),
            _ => Ok(Shape::Moment),
        };
    };
    let mut shapes = Vec::new();
    for kind in kinds {
        shapes.push(match kind.name() {
            "decimal" | "integer" | "positiveInt" | "unsignedInt" => Shape::Number,
            "date" | "dateTime" | "instant" | "time" | "Period" => Shape::Moment,
            other => return Err(format!("{other} has no boundary")),
        });
    }
    Ok(shapes.into_iter().reduce(Shape::or).unwrap_or(Shape::Any))
}

fn operands(one: &Shape, two: &Shape, operator: &str) -> Checked {
    if may_meet(one, two) {
        Ok(two.clone())
    } else {
        Err(format!("{operator} is not for values of these types"))
    }
}

fn binary(operator: Operator, one: &Shape, two: &Shape) -> Checked {
    match operator {
        Operator::And | Operator::Or => Ok(Shape::Bool),
        Operator::Plus if may_meet(one, &Shape::Text) && may_meet(two, &Shape::Text) => {
            let known = [one, two].iter().all(|it| !may_meet(it, &Shape::Number));
            Ok(if known { Shape::Text } else { Shape::Any })
        }
        Operator::Plus | Operator::Minus | Operator::Times | Operator::Divided => {
            operands(one, &Shape::Number, "arithmetic")?;
            operands(two, &Shape::Number, "arithmetic")
        }
        _ if may_meet(one, two) => Ok(Shape::Bool),
        _ => Err("values of different types are compared".to_owned()),
    }
}
