//! Who fell out at which step.

use serde::Serialize;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attrition {
    /// Its name.
    pub step: String,
    /// For whom it was false, of those left before.
    pub excluded: u64,
    /// For whom it could not be told, of those left before.
    pub unknown: u64,
    /// Who was left.
    pub left: u64,
}

/// The steps so far, and who is left.
#[derive(Debug)]
pub(super) struct Steps<T> {
    pub(super) left: Vec<T>,
    /// Who was left after each step.
    pub(super) sets: Vec<Vec<T>>,
    pub(super) steps: Vec<Attrition>,
}

impl<T: Copy> Steps<T> {
    pub(super) fn new(name: &str, all: Vec<T>) -> Self {
        let steps = vec![Attrition {
            step: name.to_owned(),
            excluded: 0,
            unknown: 0,
            left: super::run::count(all.len()),
        }];
        Self { sets: vec![all.clone()], left: all, steps }
    }

    /// Keeps those of whom something is true.
    pub(super) fn keep(&mut self, name: &str, mut is: impl FnMut(&T) -> Option<bool>) {
        let (mut excluded, mut unknown) = (0, 0);
        self.left.retain(|one| match is(one) {
            Some(true) => true,
            Some(false) => {
                excluded += 1;
                false
            }
            None => {
                unknown += 1;
                false
            }
        });
        let left = super::run::count(self.left.len());
        self.steps.push(Attrition { step: name.to_owned(), excluded, unknown, left });
        self.sets.push(self.left.clone());
    }
}
