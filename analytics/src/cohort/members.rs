//! Who came out, for what is computed of them on the same machine.

use super::run::Answer;

/// A member of a group. It is about a citizen and must not leave the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Whether of the cohort; else of its comparison group.
    pub of_cohort: bool,
    /// The citizen's number.
    pub citizen: u32,
    /// The index day, days since 1970.
    pub index: i32,
    /// Completed years on that day.
    pub age: Option<i32>,
    /// Whether a woman, of whom it is known.
    pub woman: Option<bool>,
}

impl Answer {
    /// The members, in the order of the table; `None` where the table is not as documented.
    pub fn members(&self) -> Option<Vec<Member>> {
        let column = |name: &str| self.table.column(name).ok();
        let (groups, sexes) = (column("group")?.str().ok()?, column("sex")?.str().ok()?);
        let (citizens, indices) = (column("citizen")?.u32().ok()?, column("index")?.i32().ok()?);
        let ages = column("age")?.i32().ok()?;
        let rows = groups.iter().zip(citizens.iter()).zip(indices.iter());
        let rows = rows.zip(ages.iter().zip(sexes.iter()));
        rows.map(|(((group, citizen), index), (age, sex))| {
            let woman = sex.map(|sex| sex == "female");
            Some(Member {
                of_cohort: group? == "cohort",
                citizen: citizen?,
                index: index?,
                age,
                woman,
            })
        })
        .collect()
    }
}
