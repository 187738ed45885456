//! Texts with places for numbers: `Weight up {body_weight_rise_3d:.1} kg`.

/// A text that has been read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    Number {
        name: String,
        decimals: Option<usize>,
    },
    /// Left out where a number in it is missing.
    Part(Vec<Piece>),
}

impl Template {
    /// Reads a text. `{name}` and `{name:g}` show as many decimals as a number needs, at most four;
    /// `{name:.1}` one, halves away from zero. A part in square brackets is left out where a number in
    /// it is missing; where it is the first after the beginning or a colon, so is the comma, semicolon
    /// or full stop that it begins with. `{{`, `}}`, `[[` and `]]` are braces and brackets.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (mut pieces, mut part) = (Vec::new(), None::<Vec<Piece>>);
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}', '[', ']']) {
            let (before, after) = rest.split_at(at);
            plain.push_str(before);
            let doubled = [("{{", '{'), ("}}", '}'), ("[[", '['), ("]]", ']')];
            let doubled =
                doubled.into_iter().find_map(|(it, one)| Some((after.strip_prefix(it)?, one)));
            if let Some((after, one)) = doubled {
                plain.push(one);
                rest = after;
                continue;
            }
            let into = part.as_mut().unwrap_or(&mut pieces);
            into.push(Piece::Text(std::mem::take(&mut plain)));
            if let Some(after) = after.strip_prefix('{') {
                let (inside, after) =
                    after.split_once('}').ok_or_else(|| format!("`{{{after}` is not closed"))?;
                into.push(number(inside)?);
                rest = after;
            } else if let Some(after) = after.strip_prefix('[') {
                if part.replace(Vec::new()).is_some() {
                    return Err("`[` within `[`".to_owned());
                }
                rest = after;
            } else if let Some(after) = after.strip_prefix(']') {
                let inside = part.take().ok_or("`]` without `[`")?;
                if !inside.iter().any(|piece| matches!(piece, Piece::Number { .. })) {
                    return Err("a part in `[]` without a number is never left out".to_owned());
                }
                pieces.push(Piece::Part(inside));
                rest = after;
            } else {
                return Err("`}` without `{`".to_owned());
            }
        }
        if part.is_some() {
            return Err("`[` is not closed".to_owned());
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        Ok(Self { pieces })
    }

    /// The names it shows.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().flat_map(inside).filter_map(|piece| match piece {
            Piece::Number { name, .. } => Some(name.as_str()),
            Piece::Text(_) | Piece::Part(_) => None,
        })
    }

    /// The text, with what `show` makes of each name and how many decimals were asked for. What is
    /// missing outside a part is a dash.
    pub(crate) fn render(&self, show: impl Fn(&str, Option<usize>) -> Option<String>) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Number { name, decimals } => {
                    text.push_str(&show(name, *decimals).unwrap_or_else(|| "–".to_owned()));
                }
                Piece::Part(part) => {
                    if let Some(part) = rendered(part, &show) {
                        append(&mut text, &part);
                    }
                }
            }
        }
        text
    }
}

/// What a part is made of, or the piece itself.
fn inside(piece: &Piece) -> &[Piece] {
    match piece {
        Piece::Part(part) => part,
        other => std::slice::from_ref(other),
    }
}

/// A part, unless a number is missing.
fn rendered(
    part: &[Piece],
    show: &impl Fn(&str, Option<usize>) -> Option<String>,
) -> Option<String> {
    part.iter()
        .map(|piece| match piece {
            Piece::Text(plain) => Some(plain.clone()),
            Piece::Number { name, decimals } => show(name, *decimals),
            Piece::Part(_) => None,
        })
        .collect()
}

/// Appends a part. What would part it from the one before goes where there is none.
fn append(text: &mut String, part: &str) {
    let bare = part.strip_prefix([',', ';', '.']);
    match bare {
        Some(bare) if text.is_empty() => {
            let mut letters = bare.trim_start().chars();
            text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            text.push_str(letters.as_str());
        }
        Some(bare) if text.ends_with(':') => text.push_str(bare),
        _ => text.push_str(part),
    }
}

fn number(inside: &str) -> Result<Piece, String> {
    let (name, format) = inside.split_once(':').unwrap_or((inside, "g"));
    let is_name =
        !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
    let decimals = match format {
        "g" => Some(None),
        _ => format
            .strip_prefix('.')
            .and_then(|digits| digits.parse().ok())
            .filter(|digits| *digits <= 4)
            .map(Some),
    };
    match decimals {
        Some(decimals) if is_name => Ok(Piece::Number { name: name.to_owned(), decimals }),
        _ => Err(format!("`{{{inside}}}` is not a placeholder; write `{{name}}` or `{{name:.1}}`")),
    }
}

/// A number as a text shows it, with a decimal point. No minus in front of zero.
pub(crate) fn show(value: f64, decimals: Option<usize>) -> String {
    let scale = 10_f64.powi(i32::try_from(decimals.unwrap_or(4)).unwrap_or(4));
    // 0.15 is stored as a little less; the slack is far more than that and far less than a reading.
    let whole = ((value * scale).abs() + 0.5 + 1e-6).floor();
    // Adding zero takes the minus from -0.
    let rounded = if whole.is_finite() { whole.copysign(value) / scale + 0.0 } else { value };
    decimals.map_or_else(|| rounded.to_string(), |decimals| format!("{rounded:.decimals$}"))
}
