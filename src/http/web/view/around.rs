//! Devices and tasks.

use maud::{Markup, html};

use crate::http::web::format::Scene;
use crate::http::web::model::{DeviceStatus, OpenTask};

/// What a citizen measures with, and whether anything is heard of it.
pub(super) fn devices(scene: &Scene, devices: &[DeviceStatus]) -> Markup {
    let words = scene.words;
    html! {
        @if devices.is_empty() { p class="empty" { (words.t("no-devices")) } }
        ul class="things" {
            @for device in devices {
                li class=[device.is_silent.then_some("yellow")] {
                    b { (device.name.clone().unwrap_or_else(|| words.t("device-unknown"))) } " "
                    @match device.newest {
                        Some(newest) => {
                            (words.with("device-newest", &[("at", scene.moment(newest).into())])) " "
                            @if device.is_silent {
                                strong { (words.with("device-silent", &[("time", scene.lasting(scene.now.0 - newest.0).into())])) } " "
                            }
                        }
                        None => { strong { (words.t("device-never")) } " " }
                    }
                    @if let Some((percent, at)) = device.battery {
                        span class="fine" { (words.with("device-battery", &[("percent", scene.number(percent).into()), ("at", scene.moment(at).into())])) }
                    }
                }
            }
        }
    }
}

/// What is to be done, soonest first.
pub(super) fn tasks(scene: &Scene, tasks: &[OpenTask]) -> Markup {
    let words = scene.words;
    html! {
        @if tasks.is_empty() { p class="empty" { (words.t("no-tasks")) } }
        ul class="things" {
            @for task in tasks {
                li class=[task.urgent.then_some("red")] {
                    a href={ "/alerts/" (task.id) } { (task.what) } " "
                    @if task.urgent { strong { (words.t("task-urgent")) } " " }
                    @if let Some(due) = task.due { (words.with("task-due", &[("at", scene.moment(due).into())])) " " }
                    @if let Some(owner) = &task.owner { span class="fine" { (words.with("task-owner", &[("name", owner.as_str().into())])) } }
                }
            }
        }
    }
}
