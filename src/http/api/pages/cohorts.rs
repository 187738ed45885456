//! Cohorts, for the page of analysts.

pub(in crate::http) use crate::http::api::cohorts::{
    ComparisonLine, ComparisonView, RunView, Wish, ask, cancel_run, checked, comparison, given,
    kind_of, list, one, rows_of, save,
};
pub(in crate::http) use crate::http::api::problem::Fault;
