//! Reading UCUM codes: is this one, and what is it worth in base units?
//!
//! Grammar and symbols are those of the UCUM specification, version 2.2 (<https://ucum.org/ucum>),
//! case-sensitive. `hertz`, `in`, `beats/minute` and `mmHg` are not UCUM; `Hz`, `[in_i]`, `/min`
//! and `mm[Hg]` are.

use std::sync::LazyLock;

use super::atoms::{ATOMS, Atom, DIMENSIONS, PREFIXES, Worth};

/// Longest code that is looked at. Product choice; the longest one in clinical use has some 40
/// characters.
const MAX_CODE: usize = 100;

/// Deepest nesting of parentheses. Product choice.
const MAX_DEPTH: u8 = 8;

/// Largest exponent, either way. Product choice; UCUM sets no limit.
const MAX_EXPONENT: i32 = 99;

/// What one of a unit is worth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Magnitude {
    factor: f64,
    exponents: [i32; DIMENSIONS],
    /// Has an arbitrary, logarithmic or offset symbol in it, so there is no factor to speak of.
    opaque: bool,
}

impl Magnitude {
    const ONE: Self = Self { factor: 1.0, exponents: [0; DIMENSIONS], opaque: false };

    fn base(dimension: usize) -> Self {
        let mut one = Self::ONE;
        if let Some(exponent) = one.exponents.get_mut(dimension) {
            *exponent = 1;
        }
        one
    }

    fn number(value: f64) -> Self {
        Self { factor: value, ..Self::ONE }
    }

    fn times(mut self, other: Self, sign: i32) -> Self {
        self.factor *= other.factor.powi(sign);
        self.opaque |= other.opaque;
        for (mine, theirs) in self.exponents.iter_mut().zip(other.exponents) {
            *mine += sign * theirs;
        }
        self
    }

    fn pow(mut self, exponent: i32) -> Self {
        self.factor = self.factor.powi(exponent);
        for mine in &mut self.exponents {
            *mine *= exponent;
        }
        self
    }

    /// The factor to base units, unless the unit converts to nothing.
    pub(super) fn factor(&self) -> Option<f64> {
        (!self.opaque && self.factor.is_normal()).then_some(self.factor)
    }

    /// The exponents of the base dimensions, unless the unit converts to nothing.
    pub(super) fn exponents(&self) -> Option<&[i32; DIMENSIONS]> {
        (!self.opaque).then_some(&self.exponents)
    }
}

/// Whether a code is well-formed UCUM made of known symbols.
///
/// ```
/// use pulsvagt_fhir::measure::is_valid_ucum;
///
/// assert!(is_valid_ucum("mL/min/{1.73_m2}"));
/// assert!(!is_valid_ucum("beats/minute"));
/// ```
pub fn is_valid_ucum(code: &str) -> bool {
    magnitude(code).is_some()
}

/// Whether a code is one of the three hundred or so that monitoring and laboratories use every
/// day.
///
/// An allow-list to compare a sender's codes with; [`is_valid_ucum`] decides about the rest.
pub fn ucum_is_known(code: &str) -> bool {
    KNOWN.binary_search(&code).is_ok()
}

/// What a code is worth, or `None` when it is not UCUM. Everyday codes are looked up.
pub(super) fn magnitude(code: &str) -> Option<Magnitude> {
    static WORTH: LazyLock<Vec<Option<Magnitude>>> =
        LazyLock::new(|| KNOWN.iter().map(|code| parse(code)).collect());
    match KNOWN.binary_search(&code) {
        Ok(at) => WORTH.get(at).copied().flatten(),
        Err(_) => parse(code),
    }
}

/// Reads a code, or `None` when it is not UCUM.
pub(super) fn parse(code: &str) -> Option<Magnitude> {
    if code.len() > MAX_CODE {
        return None;
    }
    let mut parser = Parser { rest: code, depth: 0 };
    let magnitude = match code.strip_prefix('/') {
        Some(rest) => {
            parser.rest = rest;
            parser.term(Magnitude::ONE, -1)?
        }
        None => parser.term(Magnitude::ONE, 1)?,
    };
    parser.rest.is_empty().then_some(magnitude)
}

struct Parser<'a> {
    rest: &'a str,
    depth: u8,
}

impl Parser<'_> {
    /// Components joined by `.` and `/`, worked off from left to right.
    fn term(&mut self, start: Magnitude, first_sign: i32) -> Option<Magnitude> {
        let mut product = start.times(self.component()?, first_sign);
        loop {
            let sign = if self.skip('.') {
                1
            } else if self.skip('/') {
                -1
            } else {
                return Some(product);
            };
            product = product.times(self.component()?, sign);
        }
    }

    fn component(&mut self) -> Option<Magnitude> {
        if self.skip('(') {
            if self.depth >= MAX_DEPTH {
                return None;
            }
            self.depth += 1;
            let inner = self.term(Magnitude::ONE, 1)?;
            self.depth -= 1;
            return self.skip(')').then_some(inner);
        }
        if self.rest.starts_with('{') {
            self.annotation()?;
            return Some(Magnitude::ONE);
        }
        let symbol = self.symbol()?;
        let magnitude = simple(symbol)?;
        if self.rest.starts_with('{') {
            self.annotation()?;
        }
        Some(magnitude)
    }

    fn skip(&mut self, wanted: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(wanted) else { return false };
        self.rest = rest;
        true
    }

    /// `{…}` around printable ASCII without curly brackets; the text carries no meaning.
    fn annotation(&mut self) -> Option<()> {
        let (text, rest) = self.rest.strip_prefix('{')?.split_once('}')?;
        self.rest = rest;
        text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'{').then_some(())
    }

    /// The characters up to the next operator; square brackets protect what is inside them.
    fn symbol(&mut self) -> Option<&str> {
        let mut bracketed = false;
        let mut end = self.rest.len();
        for (at, byte) in self.rest.bytes().enumerate() {
            match byte {
                b'[' if !bracketed => bracketed = true,
                b']' if bracketed => bracketed = false,
                b'[' | b']' => return None,
                b'.' | b'/' | b'(' | b')' | b'{' | b'}' if !bracketed => {
                    end = at;
                    break;
                }
                _ if byte.is_ascii_graphic() => {}
                _ => return None,
            }
        }
        let (symbol, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!bracketed && !symbol.is_empty()).then_some(symbol)
    }
}

/// A number, or a unit symbol with an optional exponent.
fn simple(symbol: &str) -> Option<Magnitude> {
    if symbol.bytes().all(|byte| byte.is_ascii_digit()) {
        let value: f64 = symbol.parse().ok()?;
        return (value > 0.0).then(|| Magnitude::number(value));
    }
    let (unit, exponent) = split_exponent(symbol)?;
    let exponent = if exponent.is_empty() { 1 } else { exponent.parse::<i32>().ok()? };
    if exponent.abs() > MAX_EXPONENT {
        return None;
    }
    Some(resolve(unit)?.pow(exponent))
}

/// `m` and `2` of `m2`, `s` and `-1` of `s-1`, `10*` and `-3` of `10*-3`.
fn split_exponent(symbol: &str) -> Option<(&str, &str)> {
    if symbol.starts_with("10*") || symbol.starts_with("10^") {
        return symbol.split_at_checked(3);
    }
    let unit = symbol.trim_end_matches(|character: char| character.is_ascii_digit());
    let unit = if unit.len() < symbol.len() {
        unit.strip_suffix(['+', '-']).unwrap_or(unit)
    } else {
        unit
    };
    symbol.split_at_checked(unit.len())
}

/// An atom, or a metric atom behind one prefix.
fn resolve(unit: &str) -> Option<Magnitude> {
    if let Some(atom) = atom(unit) {
        return worth(atom);
    }
    PREFIXES.iter().find_map(|(prefix, factor)| {
        let atom = atom(unit.strip_prefix(prefix)?).filter(|atom| atom.metric)?;
        Some(worth(atom)?.times(Magnitude::number(*factor), 1))
    })
}

fn atom(code: &str) -> Option<&'static Atom> {
    ATOMS.binary_search_by(|atom| atom.code.cmp(code)).ok().and_then(|at| ATOMS.get(at))
}

fn worth(atom: &Atom) -> Option<Magnitude> {
    match atom.worth {
        Worth::Base(dimension) => Some(Magnitude::base(dimension)),
        Worth::Of(value, unit) => Some(parse(unit)?.times(Magnitude::number(value), 1)),
        Worth::Opaque => Some(Magnitude { opaque: true, ..Magnitude::ONE }),
    }
}

/// UCUM codes in everyday use in monitoring and laboratories, sorted by bytes. Gathered from the
/// R4 vital-signs value set, the Danish and the HL7 device guides' examples and the common
/// laboratory units of the UCUM documentation.
#[rustfmt::skip]
static KNOWN: &[&str] = &[
    "%", "%{HbA1c}", "/(30.s)", "/L", "/[HPF]", "/[LPF]", "/a", "/d", "/h", "/mL", "/min", "/mo",
    "/nL", "/s", "/uL", "/wk", "1", "1/L", "1/d", "1/h", "1/min", "1/wk", "10*12/L", "10*3/mL",
    "10*3/uL", "10*6/L", "10*6/mL", "10*6/uL", "10*9/L", "10*9/mL", "A", "Bq", "C", "Cel", "Gy",
    "Hz", "J", "K", "L", "L/d", "L/h", "L/kg", "L/min", "L/s", "MBq", "MHz", "N", "Pa", "Pa.s", "S",
    "Sv", "U", "U/L", "U/d", "U/g", "U/h", "U/kg", "U/mL", "V", "W", "[APL'U]", "[Btu]", "[CFU]/mL",
    "[Cal]", "[GPL'U]", "[IU]", "[IU]/L", "[IU]/mL", "[MET]", "[MET].min", "[MPL'U]", "[arb'U]",
    "[arb'U]/mL", "[cup_us]", "[degF]", "[drp]", "[foz_us]", "[ft_i]", "[gal_us]", "[iU]", "[iU]/L",
    "[iU]/d", "[iU]/h", "[iU]/kg", "[iU]/mL", "[in_i]", "[lb_av]", "[mi_i]", "[oz_av]", "[pH]",
    "[ppb]", "[ppm]", "[psi]", "[pt_us]", "[sin_i]", "[stone_av]", "[tbs_us]", "[tsp_us]", "[yd_i]",
    "a", "atm", "bar", "cL", "cL/s", "cg", "cm", "cm/s", "cm2", "cm3", "cm[H2O]", "cm[H2O].s/L",
    "d", "dB", "dL", "deg", "dg", "eV", "fL", "fg", "fmol", "g", "g/(24.h)", "g/L", "g/cm3", "g/d",
    "g/dL", "g/g", "g/h", "g/kg", "g/kg/d", "g/m2", "g/mL", "g/mmol", "g/mol", "h", "kHz", "kJ",
    "kJ/d", "kPa", "kU/L", "kU/mL", "kV", "k[iU]/L", "k[iU]/mL", "kat", "kat/L", "kcal", "kcal/d",
    "kcal/h", "kcal/kg", "kg", "kg/L", "kg/h", "kg/m2", "kg/m3", "kg/mol", "kg/s", "km", "km/h",
    "l", "l/min", "lm", "m", "m/s", "m/s2", "m2", "m3", "mA", "mGy", "mL", "mL/(24.h)",
    "mL/cm[H2O]", "mL/d", "mL/dL", "mL/h", "mL/kg", "mL/kg/h", "mL/kg/min", "mL/m2", "mL/min",
    "mL/min/{1.73_m2}", "mL/s", "mSv", "mU/L", "mU/mL", "mV", "m[Hg]", "m[iU]/L", "m[iU]/mL",
    "mbar", "meq", "meq/L", "meq/d", "meq/dL", "meq/kg", "mg", "mg/(24.h)", "mg/L", "mg/d", "mg/dL",
    "mg/g", "mg/g{creat}", "mg/h", "mg/kg", "mg/kg/d", "mg/kg/h", "mg/m2", "mg/mL", "mg/mg",
    "mg/min", "mg/mmol", "mg/mol", "min", "mm", "mm/h", "mm2", "mm[H2O]", "mm[Hg]", "mm[Hg].s/mL",
    "mmol", "mmol/(24.h)", "mmol/L", "mmol/d", "mmol/dL", "mmol/g", "mmol/h", "mmol/kg", "mmol/m2",
    "mmol/min", "mmol/mmol", "mmol/mol", "mmol/mol{creat}", "mo", "mol", "mol/L", "mol/kg",
    "mol/m3", "mol/mol", "mol/s", "mosm", "mosm/L", "mosm/kg", "ms", "ms2", "nL", "ng", "ng/L",
    "ng/dL", "ng/g", "ng/kg", "ng/kg/min", "ng/mL", "ng/min", "nkat/L", "nm", "nmol", "nmol/L",
    "nmol/dL", "nmol/g", "nmol/mL", "nmol/mmol", "nmol/mol", "nmol/s", "ns", "osm/L", "pL", "pg",
    "pg/L", "pg/dL", "pg/mL", "pm", "pmol", "pmol/L", "pmol/dL", "pmol/mL", "pmol/umol", "ps",
    "rad", "s", "t", "u", "uL", "uU/mL", "uV", "u[iU]/mL", "ueq/L", "ug", "ug/(24.h)", "ug/L",
    "ug/d", "ug/dL", "ug/g", "ug/h", "ug/kg", "ug/kg/h", "ug/kg/min", "ug/m2", "ug/mL", "ug/mg",
    "ug/min", "ug/mmol", "ukat/L", "um", "umol", "umol/(24.h)", "umol/L", "umol/d", "umol/dL",
    "umol/g", "umol/h", "umol/mL", "umol/min", "umol/mmol", "umol/mol", "us", "wk", "{#}",
    "{CFU}/mL", "{INR}", "{Number}", "{beats}/min", "{beat}/min", "{breaths}/min", "{breath}/min",
    "{cells}/uL", "{copies}/mL", "{count}", "{events}", "{fraction}", "{index}", "{plus}",
    "{puffs}", "{ratio}", "{repetitions}", "{score}", "{steps}", "{steps}/d", "{steps}/min",
    "{steps}/wk", "{titer}",
];

#[cfg(test)]
pub(super) fn known() -> &'static [&'static str] {
    KNOWN
}
