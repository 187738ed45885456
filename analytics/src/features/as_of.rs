//! Features of one citizen by name, without rules: what a model looks at.

use crate::Signal;
use crate::features::grammar::{Leaf, Source};
use crate::frame::{Known, Subject};
use crate::scores::news2;

/// There is no such feature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no feature {0}")]
pub struct UnknownFeature(pub String);

/// Features by name. What screening and rules see under the same name is the same number, made by
/// the same code.
#[derive(Debug, Clone)]
pub struct AsOf {
    leaves: Vec<Leaf>,
    sources: Vec<Source>,
}

impl AsOf {
    /// For these features, see [`crate::features`].
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, UnknownFeature> {
        let leaf = |name: &str| Leaf::parse(name).ok_or_else(|| UnknownFeature(name.to_owned()));
        let leaves: Vec<Leaf> = names.into_iter().map(leaf).collect::<Result<_, _>>()?;
        let of_leaves = leaves.iter().filter_map(|leaf| match leaf {
            Leaf::Stat(source, _) => Some(*source),
            _ => None,
        });
        let of_scores = news2::Parameter::ALL.into_iter().map(|it| Source::Days(it.signal()));
        let mut sources: Vec<Source> =
            of_leaves.chain(of_scores).chain([Source::Days(Signal::NewConfusion)]).collect();
        sources.sort_unstable();
        sources.dedup();
        Ok(Self { leaves, sources })
    }

    /// The features of a citizen, in the order of the names; `None` cannot be computed.
    pub fn row(&self, subject: &Subject<'_>) -> Vec<Option<f64>> {
        if !subject.days.is_sorted_by_key(|day| day.day) {
            let mut days = subject.days.to_vec();
            days.sort_by_key(|day| day.day);
            return self.row(&Subject { days: &days, ..*subject });
        }
        let known = Known::new(subject, &self.sources);
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        self.leaves.iter().map(|leaf| finite(known.leaf(*leaf))).collect()
    }
}
