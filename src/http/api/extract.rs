//! What handlers take: the caller with the right the operation needs, bodies, parameters and
//! versions. All of them refuse with a [`Problem`].

mod body;
mod pointer;
pub(super) mod version;

#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::marker::PhantomData;
use std::time::Duration;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::{Code, Fault, Problem};
use crate::access::{ApiRight, Extent, Principal};
use crate::app::App;
use crate::audit::Trail;
use crate::clock::Micros;
use crate::http::Caller;
use crate::ids::{CitizenNo, is_fhir_id};
use crate::store::{Sight, Store, StoreError, Tx};

pub(super) use body::ApiJson;
pub(super) use version::{IfMatch, etag};

/// A right as a type, so that the signature of a handler says who gets in.
pub(in crate::http) trait Needs: Debug + Send + Sync + 'static {
    /// The right.
    const RIGHT: ApiRight;
}

/// How long ago somebody may have signed in who does what is dangerous.
const RECENT: Duration = Duration::from_mins(10);

macro_rules! needs {
    ($($name:ident),+ $(,)?) => {$(
        #[doc = concat!("Needs `ApiRight::", stringify!($name), "`.")]
        #[derive(Debug, Clone, Copy)]
        pub(in crate::http) struct $name;

        impl super::Needs for $name {
            const RIGHT: crate::access::ApiRight = crate::access::ApiRight::$name;
        }
    )+};
}

/// The rights as types.
pub(in crate::http) mod needs {
    needs! {
        WorklistRead, WorklistAct, PlanRead, PlanWrite, SummaryRead, SuppressionsRead, PolicyRead,
        PolicyWrite, ScreeningStatus, AccessLogRead, TeamsRead, TeamsWrite, BreakGlass,
        BreakGlassRead, QuarantineRead, QuarantineDecide, IngestionStatus,
        BreakGlassEnd, TeamMembersRead, TeamMembersWrite, OwnExport, CohortRead, CohortRun, RiskRead,
    }
}

/// An authenticated caller whose role has the right `N`, and whose scopes do not take it away. Take it before the body, so that who may
/// not come in is not told what is wrong with what was brought.
#[derive(Debug, Clone)]
pub(in crate::http) struct ApiCaller<N> {
    caller: Caller,
    right: PhantomData<N>,
}

impl<N: Needs> ApiCaller<N> {
    /// The caller, whatever the right.
    pub(in crate::http) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Who it is.
    pub(in crate::http) fn principal(&self) -> &Principal {
        self.caller.principal()
    }

    /// The municipality.
    pub(in crate::http) fn municipality(&self) -> &crate::app::Municipality {
        self.caller.municipality()
    }

    /// Where the request's traces are left.
    pub(in crate::http) fn trail(&self) -> &Trail {
        self.caller.trail()
    }

    /// Commits what was done, and the entry of what was noted on the trail.
    pub(in crate::http) async fn commit(&self, tx: Tx, at: Micros) -> Result<(), StoreError> {
        self.caller.commit(tx, at).await
    }

    /// The municipality's data.
    pub(in crate::http) fn store(&self) -> &Store {
        &self.caller.municipality().store
    }

    /// The FHIR base address as the caller sees it, without a slash at the end.
    pub(in crate::http) fn fhir_base(&self) -> &str {
        self.caller.base()
    }

    /// Refuses somebody who signed in with a browser more than ten minutes ago. For what one must not
    /// be able to do at a screen that somebody else has left.
    ///
    /// # Errors
    /// 401 `sign-in-again`.
    pub(in crate::http) fn recent(&self, now: Micros) -> Result<(), Problem> {
        Ok(self.caller.recent(RECENT, now)?)
    }

    /// The citizen with that logical id.
    ///
    /// # Errors
    /// 404 where there is none, and the same where it is not the one whose app this is.
    pub(in crate::http) async fn citizen(&self, id: &str) -> Result<CitizenNo, Problem> {
        let reached = match self.principal().extent(N::RIGHT) {
            Extent::All | Extent::Teams => true,
            Extent::Own => self.caller.citizen() == Some(id),
            Extent::None => false,
        };
        if !reached || !is_fhir_id(id) {
            return Err(Problem::not_found());
        }
        let citizen = self.store().citizen_no(id).await?.ok_or_else(Problem::not_found)?;
        self.trail().about([citizen]);
        self.caller.may_see(Some(citizen)).await?;
        Ok(citizen)
    }

    /// Whom the caller may know of.
    pub(in crate::http) fn sight(&self) -> &Sight {
        self.caller.sight()
    }

    /// Refuses what is of a citizen out of sight, or a restricted citizen's.
    ///
    /// # Errors
    /// 404 out of sight; 403 for everybody but the citizen.
    pub(in crate::http) async fn may_see(&self, citizen: CitizenNo) -> Result<(), Problem> {
        Ok(self.caller.may_see(Some(citizen)).await?)
    }
}

impl<N: Needs> FromRequestParts<App> for ApiCaller<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let caller = Caller::authenticate(parts, app).await?;
        match caller.principal().extent(N::RIGHT) {
            Extent::None => Err(Problem::new(Code::Forbidden, "")),
            Extent::Own | Extent::Teams | Extent::All => Ok(Self { caller, right: PhantomData }),
        }
    }
}

/// The variable parts of a path. What cannot be one is not found.
#[derive(Debug, Clone, Copy)]
pub(super) struct ApiPath<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        match Path::<T>::from_request_parts(parts, app).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(Problem::not_found()),
            Err(other) => Err(Problem::internal(other.to_string())),
        }
    }
}

/// The parameters of a query. `T` should refuse those that it does not know.
#[derive(Debug, Clone, Copy)]
pub(super) struct ApiQuery<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<App> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        match Query::<T>::from_request_parts(parts, app).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(QueryRejection::FailedToDeserializeQueryString(error)) => {
                let text =
                    std::error::Error::source(&error).map_or_else(String::new, ToString::to_string);
                let (name, text) = text.split_once(": ").unwrap_or(("", &text));
                let fault = Fault::of_parameter(name, "bad-parameter", body::without_values(text));
                Err(Problem::with(Code::BadParameter, vec![fault]))
            }
            Err(other) => Err(Problem::internal(other.to_string())),
        }
    }
}
