//! The words of an expression.

use super::PathError;

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    /// A name in backticks, which is never a keyword.
    Quoted(String),
    Text(String),
    Number(String),
    /// Behind an `@`.
    Moment(String),
    /// Behind a `%`.
    Constant(String),
    /// `$this` without the `$`.
    Dollar(String),
    Symbol(&'static str),
}

/// The longest first where one begins with another.
const SYMBOLS: [&str; 24] = [
    "!=", "!~", "<=", ">=", ".", ",", "(", ")", "[", "]", "{", "}", "=", "<", ">", "+", "-", "*",
    "/", "|", "&", "~", "!", ";",
];

/// The words with the character at which each begins, from 1.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, PathError> {
    let characters: Vec<char> = text.chars().collect();
    let mut lexer = Lexer { characters: &characters, at: 0 };
    let mut found = Vec::new();
    while let Some(token) = lexer.next()? {
        found.push(token);
    }
    Ok(found)
}

struct Lexer<'t> {
    characters: &'t [char],
    at: usize,
}

fn begins_name(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_'
}

fn continues_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn wrong(&self, text: &str) -> PathError {
        PathError { at: self.at + 1, outside: false, text: text.to_owned() }
    }

    fn while_(&mut self, fits: impl Fn(char) -> bool) -> String {
        let rest = self.characters.get(self.at..).unwrap_or_default();
        let word: String = rest.iter().copied().take_while(|&character| fits(character)).collect();
        self.at += word.chars().count();
        word
    }

    fn next(&mut self) -> Result<Option<(usize, Token)>, PathError> {
        self.while_(char::is_whitespace);
        let begins = self.at + 1;
        let Some(first) = self.peek(0) else { return Ok(None) };
        let token = match first {
            '\'' => Token::Text(self.quoted('\'')?),
            '`' => Token::Quoted(self.quoted('`')?),
            '@' => {
                self.at += 1;
                let word = self.while_(|it| it.is_ascii_alphanumeric() || "-:.+".contains(it));
                Token::Moment(word)
            }
            '%' => {
                self.at += 1;
                match self.peek(0) {
                    Some('`') => Token::Constant(self.quoted('`')?),
                    Some('\'') => Token::Constant(self.quoted('\'')?),
                    _ => Token::Constant(self.name("the name of a constant is missing")?),
                }
            }
            '$' => {
                self.at += 1;
                Token::Dollar(self.name("a $ stands before a name")?)
            }
            '0'..='9' => Token::Number(self.number()),
            _ if begins_name(first) => Token::Name(self.while_(continues_name)),
            _ => {
                let symbol = SYMBOLS.into_iter().find(|symbol| self.begins(symbol));
                let symbol = symbol.ok_or_else(|| self.wrong("a character that means nothing"))?;
                self.at += symbol.len();
                Token::Symbol(symbol)
            }
        };
        Ok(Some((begins, token)))
    }

    fn begins(&self, symbol: &str) -> bool {
        symbol.chars().enumerate().all(|(ahead, character)| self.peek(ahead) == Some(character))
    }

    fn name(&mut self, missing: &str) -> Result<String, PathError> {
        if !self.peek(0).is_some_and(begins_name) {
            return Err(self.wrong(missing));
        }
        Ok(self.while_(continues_name))
    }

    fn number(&mut self) -> String {
        let mut number = self.while_(|it| it.is_ascii_digit());
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|it| it.is_ascii_digit()) {
            self.at += 1;
            number.push('.');
            number.push_str(&self.while_(|it| it.is_ascii_digit()));
        }
        number
    }

    /// What is between two quotes, with escapes resolved.
    fn quoted(&mut self, quote: char) -> Result<String, PathError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let character = self.peek(0).ok_or_else(|| self.wrong("a quote is not closed"))?;
            self.at += 1;
            match character {
                _ if character == quote => return Ok(text),
                '\\' => text.push(self.escape()?),
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Result<char, PathError> {
        let escape = self.peek(0).ok_or_else(|| self.wrong("a quote is not closed"))?;
        self.at += 1;
        Ok(match escape {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\u{c}',
            '\\' | '/' | '\'' | '"' | '`' => escape,
            'u' => {
                let digits: String =
                    self.characters.iter().skip(self.at).take(4).copied().collect();
                let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
                let found = code.and_then(char::from_u32);
                let found = found.ok_or_else(|| self.wrong("an escape that means nothing"))?;
                self.at += 4;
                found
            }
            _ => return Err(self.wrong("an escape that means nothing")),
        })
    }
}
