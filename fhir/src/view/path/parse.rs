//! Words into an expression.

use super::decimal::Decimal;
use super::lex::{Token, tokens};
use super::moment::Moment;
use super::{Expr, Function, Operator, PathError};

/// How deep expressions may be nested.
const MAX_DEPTH: usize = 48;
/// Longest expression, bytes.
const MAX_LENGTH: usize = 4_096;

/// Words that stand between two operands and are not of the subset.
const OTHER_OPERATORS: [&str; 8] = ["div", "mod", "is", "as", "in", "contains", "xor", "implies"];
const OTHER_SYMBOLS: [&str; 5] = ["|", "&", "~", "!~", "{"];

/// Reads an expression; `constants` are those of the view.
pub(in crate::view) fn parse(text: &str, constants: &[&str]) -> Result<Expr, PathError> {
    if text.len() > MAX_LENGTH {
        let text = format!("an expression may have {MAX_LENGTH} characters");
        return Err(PathError { at: 1, outside: true, text });
    }
    let tokens = tokens(text)?;
    let end = text.chars().count() + 1;
    let mut parser = Parser { tokens: &tokens, at: 0, end, depth: 0, constants };
    let expr = parser.or()?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser<'t> {
    tokens: &'t [(usize, Token)],
    at: usize,
    end: usize,
    depth: usize,
    constants: &'t [&'t str],
}

type Parsed = Result<Expr, PathError>;

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |(place, _)| *place)
    }

    fn wrong(&self, text: impl Into<String>) -> PathError {
        PathError { at: self.place(), outside: false, text: text.into() }
    }

    fn outside(&self, what: &str) -> PathError {
        PathError { at: self.place(), outside: true, text: format!("{what} is not offered here") }
    }

    fn unexpected(&self) -> PathError {
        match self.peek() {
            Some(Token::Symbol(symbol)) if OTHER_SYMBOLS.contains(symbol) => {
                self.outside(&format!("the operator {symbol}"))
            }
            Some(Token::Name(name)) if OTHER_OPERATORS.contains(&name.as_str()) => {
                self.outside(&format!("the operator {name}"))
            }
            Some(_) => self.wrong("this is not expected here"),
            None => self.wrong("the expression ends too early"),
        }
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Symbol(found)) if *found == symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), PathError> {
        if self.take(symbol) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(found)) if found == word);
        self.at += usize::from(found);
        found
    }

    /// One of these operators, if it is next.
    fn operator(&mut self, listed: &[(&str, Operator)]) -> Option<Operator> {
        listed.iter().find(|(symbol, _)| self.take(symbol)).map(|(_, operator)| *operator)
    }

    fn or(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.outside("an expression nested so deep"));
        }
        let mut left = self.and()?;
        while self.take_word("or") {
            left = binary(Operator::Or, left, self.and()?);
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Parsed {
        let mut left = self.equality()?;
        while self.take_word("and") {
            left = binary(Operator::And, left, self.equality()?);
        }
        Ok(left)
    }

    fn equality(&mut self) -> Parsed {
        const LISTED: [(&str, Operator); 2] = [("=", Operator::Equal), ("!=", Operator::NotEqual)];
        let mut left = self.inequality()?;
        while let Some(operator) = self.operator(&LISTED) {
            left = binary(operator, left, self.inequality()?);
        }
        Ok(left)
    }

    fn inequality(&mut self) -> Parsed {
        const LISTED: [(&str, Operator); 4] = [
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let mut left = self.sum()?;
        while let Some(operator) = self.operator(&LISTED) {
            left = binary(operator, left, self.sum()?);
        }
        Ok(left)
    }

    fn sum(&mut self) -> Parsed {
        const LISTED: [(&str, Operator); 2] = [("+", Operator::Plus), ("-", Operator::Minus)];
        let mut left = self.product()?;
        while let Some(operator) = self.operator(&LISTED) {
            left = binary(operator, left, self.product()?);
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        const LISTED: [(&str, Operator); 2] = [("*", Operator::Times), ("/", Operator::Divided)];
        let mut left = self.signed()?;
        while let Some(operator) = self.operator(&LISTED) {
            left = binary(operator, left, self.signed()?);
        }
        Ok(left)
    }

    fn signed(&mut self) -> Parsed {
        if self.take("-") {
            return Ok(Expr::Negated(Box::new(self.invocations()?)));
        }
        self.take("+");
        self.invocations()
    }

    fn invocations(&mut self) -> Parsed {
        let mut expr = self.term()?;
        loop {
            if self.take(".") {
                expr = self.invocation(expr)?;
            } else if self.take("[") {
                let index = self.or()?;
                self.expect("]")?;
                expr = Expr::Index(Box::new(expr), Box::new(index));
            } else {
                return Ok(expr);
            }
        }
    }

    fn term(&mut self) -> Parsed {
        if self.take("(") {
            let expr = self.or()?;
            self.expect(")")?;
            return Ok(expr);
        }
        let expr = match self.peek() {
            Some(Token::Text(text)) => Expr::Text(text.clone()),
            Some(Token::Number(text)) => match Decimal::parse(text) {
                Some(number) => Expr::Number(number),
                None => return Err(self.wrong("the number is too large")),
            },
            Some(Token::Moment(text)) => match Moment::literal(text) {
                Some(text) => Expr::Moment(text.to_owned()),
                None => return Err(self.wrong("this is not a date, dateTime or time")),
            },
            Some(Token::Constant(name)) if name == "rowIndex" => Expr::RowIndex,
            Some(Token::Constant(name)) => {
                match self.constants.iter().position(|listed| listed == name) {
                    Some(place) => Expr::Constant(place),
                    None => return Err(self.wrong(format!("the view has no constant {name}"))),
                }
            }
            Some(Token::Dollar(name)) if name == "this" => Expr::This,
            Some(Token::Dollar(name)) => return Err(self.outside(&format!("${name}"))),
            Some(Token::Name(name)) if name == "true" => Expr::Bool(true),
            Some(Token::Name(name)) if name == "false" => Expr::Bool(false),
            Some(Token::Name(_) | Token::Quoted(_)) => return self.invocation(Expr::This),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        if matches!(expr, Expr::Number(_)) && matches!(self.peek(), Some(Token::Text(_))) {
            return Err(self.outside("a quantity"));
        }
        Ok(expr)
    }

    /// A member or a function of what was before the dot.
    fn invocation(&mut self, of: Expr) -> Parsed {
        let (name, is_word) = match self.peek() {
            Some(Token::Name(name)) => (name.clone(), true),
            Some(Token::Quoted(name)) => (name.clone(), false),
            Some(Token::Dollar(name)) if name == "this" => {
                self.at += 1;
                return Ok(of);
            }
            _ => return Err(self.unexpected()),
        };
        let called =
            matches!(self.tokens.get(self.at + 1), Some((_, Token::Symbol("("))) if is_word);
        if !called {
            self.at += 1;
            return Ok(Expr::Member(Box::new(of), name));
        }
        let function = self.function(&name)?;
        self.expect(")")?;
        Ok(Expr::Call(Box::new(of), function))
    }

    /// A function, up to its closing parenthesis.
    fn function(&mut self, name: &str) -> Result<Function, PathError> {
        let refused = self.outside(&format!("the function {name}()"));
        self.at += 2;
        let is_empty = matches!(self.peek(), Some(Token::Symbol(")")));
        Ok(match name {
            "where" => Function::Where(Box::new(self.or()?)),
            "exists" if is_empty => Function::Exists(None),
            "exists" => Function::Exists(Some(Box::new(self.or()?))),
            "empty" => Function::Empty,
            "not" => Function::Not,
            "first" => Function::First,
            "join" if is_empty => Function::Join(None),
            "join" => Function::Join(Some(Box::new(self.or()?))),
            "ofType" => Function::OfType(self.type_name()?),
            "extension" => Function::Extension(Box::new(self.or()?)),
            "lowBoundary" | "highBoundary" if !is_empty => {
                return Err(self.outside("a precision"));
            }
            "lowBoundary" => Function::LowBoundary,
            "highBoundary" => Function::HighBoundary,
            "getResourceKey" => Function::ResourceKey,
            "getReferenceKey" if is_empty => Function::ReferenceKey(None),
            "getReferenceKey" => Function::ReferenceKey(Some(self.type_name()?)),
            _ => return Err(refused),
        })
    }

    fn type_name(&mut self) -> Result<String, PathError> {
        let place = self.at;
        let mut name = match self.peek() {
            Some(Token::Name(name) | Token::Quoted(name)) => name.clone(),
            _ => return Err(self.wrong("the name of a type is missing")),
        };
        self.at += 1;
        if name == "FHIR" && self.take(".") {
            name = match self.peek() {
                Some(Token::Name(name) | Token::Quoted(name)) => name.clone(),
                _ => return Err(self.wrong("the name of a type is missing")),
            };
            self.at += 1;
        }
        if crate::validate::elements::is_type(&name) {
            return Ok(name);
        }
        self.at = place;
        Err(self.wrong(format!("R4 has no type {name}")))
    }
}

fn binary(operator: Operator, left: Expr, right: Expr) -> Expr {
    Expr::Binary(operator, Box::new(left), Box::new(right))
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn error(text: &str) -> (usize, bool, String) {
        let error = parse(text, &["one"]).expect_err(text);
        (error.at, error.outside, error.text)
    }

    #[test]
    fn what_is_not_of_the_subset_is_told_with_its_place() {
        for (text, at) in [
            ("name.matches('x')", 6),
            ("name.given | name.family", 12),
            ("birthDate is date", 11),
            ("name.select($index)", 6),
            ("$index", 1),
            ("4 'kg'", 3),
            ("value.lowBoundary(2)", 19),
            ("name.given.count()", 12),
        ] {
            let (place, outside, why) = error(text);
            assert!(outside, "{text}: {why}");
            assert_eq!(place, at, "{text}: {why}");
        }
    }

    #[test]
    fn what_is_no_expression_is_told_with_its_place() {
        for (text, at) in [
            ("", 1),
            ("@@", 1),
            ("name.", 6),
            ("name..given", 6),
            ("(name", 6),
            ("name)", 5),
            ("'open", 6),
            ("'\\x'", 4),
            ("name.where()", 12),
            ("name.ofType(Nothing)", 13),
            ("%two", 1),
            ("a b", 3),
            ("@2020-13", 1),
            ("name[0", 7),
            ("#", 1),
            ("99999999999999999999999999999999999999999", 1),
        ] {
            let (place, outside, why) = error(text);
            assert!(!outside, "{text}: {why}");
            assert_eq!(place, at, "{text}: {why}");
        }
        assert!(error(&"(".repeat(100)).1);
        assert!(error(&"a".repeat(5_000)).1);
    }

    #[test]
    fn products_bind_before_sums_comparisons_and_before_or() {
        let same = |one: &str, other: &str| assert_eq!(parse(one, &[]), parse(other, &[]), "{one}");
        same("a + b * c = d or e and f", "((a + (b * c)) = d) or (e and f)");
        same("a - b - c", "(a - b) - c");
        same("-a.b[0] < c != d", "((-(a.b[0])) < c) != d");
        same("a.$this.`b`", "a.b");
        same("value.ofType(FHIR.Quantity)", "value.ofType(Quantity)");
    }
}
