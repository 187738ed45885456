//! From the summaries of many citizens to columns, one row for each.

pub(crate) mod columns;
pub(crate) mod silence;

use std::sync::Arc;

use crate::features::track::{Moment, Track};
use crate::features::{Chart, Leaf, Scored, Silence, Source, stats};
use crate::pack::{EvidenceOf as Evidence, InputWindow, Pack};
use crate::plan::{Plan, Spo2Scale};
use crate::scores::{Reading, news2, tobs};
use crate::screening::{Input, Scores};
use crate::summary::DaySummary;
use crate::{Signal, pack};

use columns::{Column, Ragged};

/// A citizen as of a moment.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The moment, microseconds since 1970 UTC.
    pub as_of: i64,
    /// What the citizen's wall clock shows more than UTC at that moment, seconds.
    pub offset: i32,
    /// The plan in force.
    pub plan: &'a Plan,
    /// Its version; 0 without one.
    pub plan_version: u32,
    /// Since when it is in force, microseconds since 1970 UTC.
    pub plan_since: i64,
    /// Age, years.
    pub age_years: Option<f64>,
    /// Local days, best ascending: else they are copied and sorted. Of a day that is there twice the
    /// last counts. What lies after the moment's local day, or 120 days or more before, is passed
    /// over.
    pub days: &'a [Day],
}

/// A local day of a citizen.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    /// Days since 1970.
    pub day: i32,
    /// One summary for each signal.
    pub summaries: Vec<DaySummary>,
}

/// Of each signal behind a verdict so many summaries are named, newest first; in the last of them
/// stands the digest of all older ones too.
pub const INPUTS: usize = 7;

/// Citizens to be screened together. What is computed for one does not depend on the others.
#[derive(Debug)]
pub struct Batch {
    pub(crate) pack: Pack,
    pub(crate) as_of: Vec<i64>,
    pub(crate) plan_version: Vec<u32>,
    /// Programmes as bits.
    pub(crate) programmes: Vec<u32>,
    /// Leaves in the order of the pack's nodes.
    pub(crate) leaves: Vec<(Leaf, Column)>,
    /// Thresholds in the pack's order; a column where anybody has a personal value.
    pub(crate) thresholds: Vec<Option<Vec<f64>>>,
    /// By the pack's list of evidence.
    pub(crate) evidence: Vec<Vec<Option<i64>>>,
    /// By the pack's list of inputs.
    pub(crate) inputs: Vec<Ragged<Input>>,
    pub(crate) scores: Vec<Scores>,
    sources: Vec<Source>,
}

impl Batch {
    /// An empty batch for a pack.
    pub fn new(pack: &Pack) -> Self {
        let compiled = &pack.compiled;
        let leaves: Vec<_> = compiled.leaves().map(|(_, leaf)| (leaf, Column::default())).collect();
        let of_leaves = leaves.iter().filter_map(|(leaf, _)| match leaf {
            Leaf::Stat(source, _) => Some(*source),
            _ => None,
        });
        let of_scores = news2::Parameter::ALL.into_iter().map(|it| Source::Days(it.signal()));
        let mut sources: Vec<_> =
            of_leaves.chain(of_scores).chain([Source::Days(Signal::NewConfusion)]).collect();
        sources.sort_unstable();
        sources.dedup();
        Self {
            as_of: Vec::new(),
            plan_version: Vec::new(),
            programmes: Vec::new(),
            leaves,
            thresholds: vec![None; compiled.thresholds.len()],
            evidence: vec![Vec::new(); compiled.evidence.len()],
            inputs: vec![Ragged::default(); compiled.inputs.len()],
            scores: Vec::new(),
            sources,
            pack: pack.clone(),
        }
    }

    /// How many citizens are in it.
    pub fn len(&self) -> usize {
        self.as_of.len()
    }

    /// Whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.as_of.is_empty()
    }

    /// Adds a citizen.
    pub fn push(&mut self, subject: &Subject<'_>) {
        if !subject.days.is_sorted_by_key(|day| day.day) {
            let mut days = subject.days.to_vec();
            days.sort_by_key(|day| day.day);
            return self.push(&Subject { days: &days, ..*subject });
        }
        let known = Known::new(subject, &self.sources);
        for (leaf, column) in &mut self.leaves {
            column.push(known.leaf(*leaf));
        }
        let compiled = Arc::clone(&self.pack.compiled);
        for (evidence, column) in compiled.evidence.iter().zip(&mut self.evidence) {
            column.push(known.evidence(*evidence));
        }
        for (window, inputs) in compiled.inputs.iter().zip(&mut self.inputs) {
            inputs.push(known.inputs(*window));
        }
        self.scores.push(known.scores);
        let row = self.as_of.len();
        for (threshold, column) in compiled.thresholds.iter().zip(&mut self.thresholds) {
            let limit = subject.plan.limits.get(&*threshold.name).copied();
            match (threshold.personal(limit), &mut *column) {
                (personal, Some(column)) => column.push(personal.unwrap_or(threshold.value)),
                (Some(personal), None) => {
                    let mut values = vec![threshold.value; row];
                    values.push(personal);
                    *column = Some(values);
                }
                (None, None) => {}
            }
        }
        self.as_of.push(subject.as_of);
        self.plan_version.push(subject.plan_version);
        let programmes = subject.plan.programmes.iter().fold(0, |bits, it| bits | pack::bit(*it));
        self.programmes.push(programmes);
    }
}

/// A citizen whose days are sorted by source.
pub(crate) struct Known<'s, 'a> {
    subject: &'s Subject<'a>,
    moment: Moment,
    sources: &'s [Source],
    tracks: Vec<Track<'a>>,
    silence: silence::Silences,
    scores: Scores,
}

impl<'s, 'a> Known<'s, 'a> {
    pub(crate) fn new(subject: &'s Subject<'a>, sources: &'s [Source]) -> Self {
        let moment = Moment::new(subject.as_of, subject.offset);
        let mut tracks: Vec<Track<'a>> = Vec::new();
        tracks.resize_with(sources.len(), Track::default);
        for day in subject.days.iter().rev() {
            for summary in &day.summaries {
                for source in [Source::Days(summary.signal), Source::Nights] {
                    if source.signal() != summary.signal {
                        continue;
                    }
                    if let Ok(index) = sources.binary_search(&source) {
                        tracks[index].push(source, day.day, summary, &moment);
                    }
                }
            }
        }
        let silence = silence::Silences::of(subject, &moment);
        let mut known =
            Self { subject, moment, sources, tracks, silence, scores: Scores::default() };
        known.scores = known.early_warnings();
        known
    }

    fn track(&self, source: Source) -> Option<&Track<'a>> {
        self.sources.binary_search(&source).ok().map(|index| &self.tracks[index])
    }

    pub(crate) fn leaf(&self, leaf: Leaf) -> Option<f64> {
        match leaf {
            Leaf::Stat(source, stat) => {
                let planned = match source {
                    Source::Days(signal) => self.subject.plan.baselines.get(&signal).copied(),
                    Source::Nights => None,
                };
                stats::compute(stat, self.track(source)?, &self.moment, planned)
            }
            Leaf::AgeYears => self.subject.age_years.filter(|age| age.is_finite()),
            Leaf::OnOxygen => Some(if self.subject.plan.oxygen { 1.0 } else { 0.0 }),
            Leaf::Spo2Scale => Some(match self.subject.plan.spo2_scale {
                Spo2Scale::One => 1.0,
                Spo2Scale::Two => 2.0,
            }),
            Leaf::Silence(Silence::Overdue) => self.silence.any.map(|it| it.overdue_hours),
            Leaf::Silence(Silence::Critical) => self.silence.critical.map(|it| it.overdue_hours),
            Leaf::Silence(Silence::Signal) => {
                self.silence.any.map(|it| f64::from(it.signal.number()))
            }
            Leaf::Score(chart, scored) => {
                let warning = match chart {
                    Chart::News2 => self.scores.news2.as_ref(),
                    Chart::Tobs => self.scores.tobs.as_ref(),
                };
                match (scored, warning) {
                    (Scored::Parameters, None) => Some(0.0),
                    (_, None) => None,
                    (Scored::Score, Some(it)) => Some(f64::from(it.score)),
                    (Scored::Parameters, Some(it)) => Some(f64::from(it.parameters)),
                    (Scored::SingleThree, Some(it)) => Some(f64::from(u8::from(it.single_three))),
                }
            }
        }
    }

    fn evidence(&self, evidence: Evidence) -> Option<i64> {
        // Also while it lasts: else each moment would be evidence that was not there before.
        let silence = |of: Option<silence::Overdue>| of?.last_at;
        match evidence {
            Evidence::Newest(source) => Some(self.track(source)?.newest()?.last_at),
            Evidence::Held(signal, side, hours) => {
                let track = self.track(Source::Days(signal))?;
                stats::held(side, hours, track, &self.moment).map(|(_, at)| at)
            }
            Evidence::Silence => silence(self.silence.any),
            Evidence::SilenceCritical => silence(self.silence.critical),
        }
    }

    fn inputs(&self, window: InputWindow) -> Vec<Input> {
        match window {
            InputWindow::Days { source, recent, rel } => {
                let Some(track) = self.track(source) else { return Vec::new() };
                let newest = track.newest().map_or(0, |row| row.age);
                let rows = track.all().iter();
                let rows = rows.filter(|row| row.age < recent || row.age - newest <= rel);
                capped(rows.map(|row| Input {
                    signal: source.signal(),
                    day: self.moment.today - row.age,
                    digest: row.summary.digest,
                }))
            }
            InputWindow::Cadences => self.silence.inputs.clone(),
        }
    }

    fn early_warnings(&self) -> Scores {
        let reading = |signal| {
            let row = self.track(Source::Days(signal))?.newest()?;
            Some(Reading { value: row.last?, age_hours: self.moment.hours_since(row.last_at) })
        };
        let plan = self.subject.plan;
        let inputs = news2::Inputs {
            respiratory_rate: reading(Signal::RespiratoryRate),
            oxygen_saturation: reading(Signal::OxygenSaturation),
            systolic_blood_pressure: reading(Signal::SystolicBloodPressure),
            pulse: reading(Signal::HeartRate),
            consciousness: reading(Signal::Consciousness),
            new_confusion: reading(Signal::NewConfusion),
            temperature: reading(Signal::BodyTemperature),
            scale: plan.spo2_scale,
            oxygen: plan.oxygen,
        };
        let tobs = tobs::Inputs {
            pulse: inputs.pulse,
            consciousness: inputs.consciousness,
            respiratory_rate: inputs.respiratory_rate,
            temperature: inputs.temperature,
            systolic_blood_pressure: inputs.systolic_blood_pressure,
        };
        Scores { news2: news2::score(&inputs), tobs: tobs::score(&tobs) }
    }
}

/// The newest [`INPUTS`], with the digests of all older ones taken into the last.
fn capped(inputs: impl Iterator<Item = Input>) -> Vec<Input> {
    let mut kept: Vec<Input> = Vec::new();
    for input in inputs {
        let is_full = kept.len() == INPUTS;
        match kept.last_mut() {
            Some(last) if is_full => {
                let mut both = [0; 16];
                both[..8].copy_from_slice(&last.digest.to_le_bytes());
                both[8..].copy_from_slice(&input.digest.to_le_bytes());
                last.digest = xxhash_rust::xxh3::xxh3_64(&both);
            }
            _ => kept.push(input),
        }
    }
    kept
}
