//! Pages as functions: a [`model`](super::model) in, HTML out. No text stands here: all of it is in
//! `messages/`, and a test looks.

pub(super) mod accessibility;
pub(super) mod act;
pub(super) mod admin;
pub(super) mod again;
pub(super) mod alert;
pub(super) mod around;
pub(super) mod break_glass;
pub(super) mod chart;
pub(super) mod citizen;
pub(super) mod cohorts;
pub(super) mod consents;
pub(super) mod error;
pub(super) mod evidence;
pub(super) mod forms;
pub(super) mod frame;
pub(super) mod handover;
pub(super) mod icon;
pub(super) mod letters;
pub(super) mod me;
mod news;
pub(super) mod plan;
pub(super) mod preview;
pub(super) mod risk;
pub(super) mod row;
pub(super) mod search;
pub(super) mod sparkline;
pub(super) mod story;
pub(super) mod told;
pub(super) mod worklist;

pub(super) use crate::http::fhir::encode;
