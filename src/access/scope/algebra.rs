//! Joining, intersecting and restricting sets of scopes.

use super::{Letters, Level, Scope, Scopes};

impl Scopes {
    /// In the one form of a set: sorted; scopes that differ by their letters only are one; what
    /// another scope allows anyway is left out.
    pub(super) fn normal(scopes: impl IntoIterator<Item = Scope>) -> Self {
        let mut all: Vec<Scope> = Vec::new();
        for mut scope in scopes {
            for limit in &mut scope.limits {
                limit.any.sort_unstable();
                limit.any.dedup();
            }
            scope.limits.sort_unstable();
            scope.limits.dedup();
            let same = |other: &&mut Scope| {
                (other.level, &other.kind, &other.limits)
                    == (scope.level, &scope.kind, &scope.limits)
            };
            match all.iter_mut().find(same) {
                Some(other) => other.letters = Letters(other.letters.0 | scope.letters.0),
                None => all.push(scope),
            }
        }
        all.sort_unstable();
        let kept = all
            .iter()
            .filter(|scope| !all.iter().any(|other| other != *scope && other.includes(scope)))
            .cloned()
            .collect();
        Self(kept)
    }

    /// What either set allows.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::normal(self.0.iter().chain(&other.0).cloned())
    }

    /// What both sets allow.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.meet(other, |a, b| {
            Some(match (a, b) {
                (Level::Patient, _) | (_, Level::Patient) => Level::Patient,
                (Level::System, Level::System) => Level::System,
                (_, _) => Level::User,
            })
        })
    }

    /// What of this set a client gets that is registered for `registered`. A level that it is not
    /// registered for is not replaced by another.
    #[must_use]
    pub fn restricted_to(&self, registered: &Self) -> Self {
        self.meet(registered, |a, b| (a == b).then_some(a))
    }

    /// Whether a client that is registered for `registered` could have got these. What
    /// [`Self::restricted_to`] gives always is; `false` where it is not plain to see.
    pub(in crate::access) fn are_within(&self, registered: &Self) -> bool {
        self.0.iter().all(|scope| {
            let wider = registered.0.iter().filter(|own| own.reaches(scope));
            Letters(wider.fold(0, |all, own| all | own.letters.0)).has(scope.letters)
        })
    }

    fn meet(&self, other: &Self, level: impl Fn(Level, Level) -> Option<Level>) -> Self {
        let pairs = self.0.iter().flat_map(|one| other.0.iter().map(move |two| (one, two)));
        Self::normal(pairs.filter_map(|(one, two)| {
            let kind = match (&one.kind, &two.kind) {
                (None, kind) | (kind, None) => kind.clone(),
                (Some(one), Some(two)) => Some((one == two).then(|| one.clone())?),
            };
            let letters = Letters(one.letters.0 & two.letters.0);
            let limits = one.limits.iter().chain(&two.limits).cloned().collect();
            let level = level(one.level, two.level)?;
            (letters.0 != 0).then_some(Scope { level, kind, limits, letters })
        }))
    }
}

impl Scope {
    /// Whether it allows everything that `other` allows; `false` where that is not plain to see.
    fn includes(&self, other: &Self) -> bool {
        self.reaches(other) && self.letters.has(other.letters)
    }

    /// The same of what it is about, whatever the letters.
    fn reaches(&self, other: &Self) -> bool {
        self.level == other.level
            && self.kind.as_ref().is_none_or(|_| self.kind == other.kind)
            && self.limits.iter().all(|limit| other.limits.contains(limit))
    }
}
