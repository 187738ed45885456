//! What has been told, and what may be told besides.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::LEAST;

/// A prime: numbers modulo it are a field.
const PRIME: u64 = (1 << 61) - 1;

/// Sets that tell something new, at most. Each takes time to check all later ones against; who needs
/// more has to agree with whoever is responsible for the data.
const MOST: usize = 400;

/// Small cells that unions of four are searched in; with more, unions of two.
const MOST_FOR_FOUR: usize = 600;

/// A set of citizens whose size was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// Their numbers, ascending.
    pub citizens: Vec<u32>,
}

/// Why the size of a set is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has fewer citizens than may be told.
    #[error("fewer citizens than may be told")]
    Few,
    /// With what was told before it would tell of fewer citizens than may be told.
    #[error("it differs from what was told before by fewer citizens than may be told")]
    Differs,
    /// So much was told that nothing can be added.
    #[error("so much has been told that nothing may be added without a review")]
    Used,
}

/// The sets whose sizes were told, and what follows from them.
#[derive(Debug, Clone)]
pub struct Ledger {
    least: u32,
    /// The cell of each citizen that is in any set.
    cell: HashMap<u32, usize>,
    /// Citizens in each cell.
    sizes: Vec<u32>,
    /// A basis of the row space in reduced form: the place of the leading one, and the row over
    /// cells, which may be shorter than there are cells; what it lacks is 0.
    basis: Vec<(usize, Vec<u64>)>,
    /// The sets that were let through in this run and told something new, or the size of nobody.
    told: Vec<Released>,
    /// What was told to all askers together, if this is the ledger of one of them.
    everybody: Option<Box<Self>>,
}

impl Ledger {
    /// With what was told before, in any order. `least` is raised to [`LEAST`] if it is below.
    pub fn new(least: u32, before: impl IntoIterator<Item = Released>) -> Self {
        let mut ledger = Self {
            least: least.max(LEAST),
            cell: HashMap::new(),
            sizes: Vec::new(),
            basis: Vec::new(),
            told: Vec::new(),
            everybody: None,
        };
        for released in before {
            ledger.add(&released.citizens);
        }
        ledger
    }

    /// The ledger of one of several askers, with what that one was told before. A set is let through
    /// only if `everybody`, which knows what all of them were told, lets it through too: so what one
    /// asker can compute is about `least` citizens or more, and what all can compute who put
    /// together what they were told, about as many as `everybody` asks for.
    #[must_use]
    pub fn within(least: u32, before: impl IntoIterator<Item = Released>, everybody: Self) -> Self {
        Self { everybody: Some(Box::new(everybody)), ..Self::new(least, before) }
    }

    /// The least number of citizens that a count may be about.
    pub const fn least(&self) -> u32 {
        self.least
    }

    /// What was told since [`new`](Self::new), to be kept.
    pub fn told(&self) -> &[Released] {
        &self.told
    }

    /// Notes that the size of a set is told, if it may be. An empty set may be.
    ///
    /// # Errors
    /// Why it may not be; then nothing is noted.
    pub fn tell(&mut self, citizens: &[u32]) -> Result<(), Refused> {
        self.tell_all(&[citizens])
    }

    /// Notes that the sizes of some sets are told, all of them or none.
    ///
    /// # Errors
    /// Why they may not be; then nothing is noted.
    pub fn tell_all(&mut self, sets: &[&[u32]]) -> Result<(), Refused> {
        let few = |set: &&[u32]| !set.is_empty() && length(set.len()) < self.least;
        if sets.iter().any(few) {
            return Err(Refused::Few);
        }
        let mut next = self.clone();
        for set in sets.iter().filter(|set| !set.is_empty()) {
            let mut set = set.to_vec();
            set.sort_unstable();
            set.dedup();
            if next.add(&set) {
                next.told.push(Released { citizens: set });
            }
        }
        if next.basis.len() > MOST {
            return Err(Refused::Used);
        }
        if next.basis.len() > self.basis.len() && next.tells_of_few() {
            return Err(Refused::Differs);
        }
        if let Some(everybody) = &mut next.everybody {
            everybody.tell_all(sets)?;
        }
        *self = next;
        Ok(())
    }

    /// Takes a set in, and says whether it tells something new.
    fn add(&mut self, citizens: &[u32]) -> bool {
        self.split(citizens);
        let mut row = vec![0_u64; self.sizes.len()];
        for citizen in citizens {
            if let Some(cell) = self.cell.get(citizen) {
                row[*cell] = 1;
            }
        }
        for (lead, basis) in &self.basis {
            let factor = row[*lead];
            subtract(&mut row, basis, factor);
        }
        let Some(lead) = row.iter().position(|it| *it != 0) else { return false };
        let inverse = power(row[lead], PRIME - 2);
        for value in &mut row {
            *value = times(*value, inverse);
        }
        for (_, basis) in &mut self.basis {
            let factor = basis.get(lead).copied().unwrap_or(0);
            if factor != 0 {
                basis.resize(row.len().max(basis.len()), 0);
                subtract(basis, &row, factor);
            }
        }
        self.basis.push((lead, row));
        true
    }

    /// Cuts cells that lie across the border of a set.
    fn split(&mut self, citizens: &[u32]) {
        let mut inside: BTreeMap<usize, u32> = BTreeMap::new();
        let mut news = 0;
        for citizen in citizens {
            match self.cell.get(citizen) {
                Some(cell) => *inside.entry(*cell).or_default() += 1,
                None => news += 1,
            }
        }
        let mut moved: HashMap<usize, usize> = HashMap::new();
        for (cell, count) in inside {
            if count == self.sizes[cell] {
                continue;
            }
            // Both halves were in the same sets so far.
            let half = self.sizes.len();
            for (_, row) in &mut self.basis {
                let value = row.get(cell).copied().unwrap_or(0);
                if value != 0 {
                    row.resize(half, 0);
                    row.push(value);
                }
            }
            self.sizes[cell] -= count;
            self.sizes.push(count);
            moved.insert(cell, half);
        }
        let fresh = self.sizes.len();
        if news > 0 {
            self.sizes.push(news);
        }
        for citizen in citizens {
            let cell = match self.cell.get(citizen) {
                Some(cell) => moved.get(cell).copied().unwrap_or(*cell),
                None => fresh,
            };
            self.cell.insert(*citizen, cell);
        }
    }

    /// Whether the size of some union of cells with fewer citizens than may be told can be computed.
    ///
    /// A sum over cells can be computed if and only if every assignment of sizes that leaves all
    /// told sums as they are leaves it as it is. Of these assignments a random one is looked at.
    fn tells_of_few(&self) -> bool {
        let mut change: Vec<u64> = (0_u64..).take(self.sizes.len()).map(random).collect();
        let leads: HashSet<usize> = self.basis.iter().map(|(lead, _)| *lead).collect();
        let dependent = self.basis.iter().map(|(lead, row)| {
            let others = row.iter().enumerate().filter(|(place, _)| !leads.contains(place));
            let sum = others.fold(0, |sum, (place, value)| plus(sum, times(*value, change[place])));
            (*lead, minus(0, sum))
        });
        for (lead, value) in dependent.collect::<Vec<_>>() {
            change[lead] = value;
        }
        let cells = self.sizes.iter().zip(&change);
        let small: Vec<(u32, u64)> =
            cells.filter(|(size, _)| **size < self.least).map(|(a, b)| (*a, *b)).collect();
        self.sums_to_nothing(&small)
    }

    /// Whether up to four of the changes, of so few citizens together, add up to 0.
    fn sums_to_nothing(&self, small: &[(u32, u64)]) -> bool {
        if small.iter().any(|(_, change)| *change == 0) {
            return true;
        }
        let mut ones: HashMap<u64, u32> = HashMap::new();
        // The least number of citizens of two cells by their sum, with the first of the two.
        let mut twos: HashMap<u64, Vec<(u32, usize)>> = HashMap::new();
        let has_four = small.len() <= MOST_FOR_FOUR;
        for (place, (size, change)) in small.iter().enumerate() {
            let few = |others: u32| size.saturating_add(others) < self.least;
            if ones.get(&minus(0, *change)).is_some_and(|other| few(*other)) {
                return true;
            }
            if has_four {
                if let Some(pairs) = twos.get(&minus(0, *change))
                    && pairs.iter().any(|(others, _)| few(*others))
                {
                    return true;
                }
                // Pairs that end here, against pairs that ended before.
                for (before, (other, second)) in small[..place].iter().enumerate() {
                    let (citizens, sum) = (size.saturating_add(*other), plus(*change, *second));
                    if citizens >= self.least {
                        continue;
                    }
                    let fits = |it: &(u32, usize)| {
                        citizens.saturating_add(it.0) < self.least && it.1 != before
                    };
                    if twos.get(&minus(0, sum)).is_some_and(|pairs| pairs.iter().any(fits)) {
                        return true;
                    }
                }
                for (before, (other, second)) in small[..place].iter().enumerate() {
                    let citizens = size.saturating_add(*other);
                    if citizens < self.least {
                        let pairs = twos.entry(plus(*change, *second)).or_default();
                        pairs.push((citizens, before));
                    }
                }
            }
            let least = ones.entry(*change).or_insert(*size);
            *least = (*least).min(*size);
        }
        false
    }
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Takes a multiple of a row from another.
fn subtract(row: &mut [u64], other: &[u64], factor: u64) {
    if factor == 0 {
        return;
    }
    for (value, other) in row.iter_mut().zip(other) {
        if *other != 0 {
            *value = minus(*value, times(*other, factor));
        }
    }
}

const fn plus(left: u64, right: u64) -> u64 {
    let sum = left + right;
    if sum >= PRIME { sum - PRIME } else { sum }
}

const fn minus(left: u64, right: u64) -> u64 {
    if left >= right { left - right } else { left + PRIME - right }
}

#[expect(clippy::cast_possible_truncation, reason = "below the prime")]
const fn times(left: u64, right: u64) -> u64 {
    (left as u128 * right as u128 % PRIME as u128) as u64
}

fn power(base: u64, exponent: u64) -> u64 {
    let (mut result, mut square, mut left) = (1, base, exponent);
    while left > 0 {
        if left % 2 == 1 {
            result = times(result, square);
        }
        square = times(square, square);
        left /= 2;
    }
    result
}

/// A number of the field that has nothing to do with those of other places, the same in each run.
fn random(place: u64) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(&place.to_le_bytes(), 0x70_75_6c_73) % PRIME
}
