//! The extractor that is the door: a handler that takes a [`Caller`] has been authenticated.

mod denials;
mod names;
mod origin;
mod sight;
mod use_of;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use pulsvagt_fhir::IssueCode;

use super::auth::{cookies, csrf};
use super::fhir::{Failure, Outcome};
use crate::access::machines::MachineError;
use crate::access::policy;
use crate::access::sign_in::NoSession;
use crate::access::{
    Interaction, Presented, Principal, Role, SessionToken, SignedIn, Standing, TokenError,
};
use crate::app::{App, Municipality};
use crate::audit::{Block, Entry, Purpose, Target, Trail, may_be_cpr};
use crate::clock::Micros;
use crate::consent::Denials;
use crate::ids::{AlertId, CitizenNo, is_fhir_id};
use crate::ingest::{Answer, Sender, SubmitError, sender_name};
use crate::store::observations::NewObservation;
use crate::store::sight::Access;
use crate::store::{Sight, Store, StoreError, Tx};

pub(super) use names::{actor, disguised, shown};
pub(super) use origin::{base, origin};
pub(super) use sight::sight;

const NO_TRAIL: &str = "the request came in by a way that is not recorded";
/// What is told of a reason that is none.
pub(super) const BAD_PURPOSE: &str =
    "X-Purpose-Of-Use has to be a code of HL7 v3 PurposeOfUse, such as TREAT";

/// What is told whoever has to prove anew who they are.
pub(super) const SIGN_IN_AGAIN: &str =
    "this needs a sign-in of a moment ago: /auth/login?again=1, and then once more";
/// What is told of a request that may have been made by somebody else's page.
pub(super) const FORGED: &str = "a request of a session has to come from a page of this server and \
                                 to bring the session's token, in X-CSRF-Token or the field csrf";

/// An authenticated caller, and the one municipality it can reach.
#[derive(Debug, Clone)]
pub struct Caller {
    principal: Principal,
    municipality: Arc<Municipality>,
    base: Arc<str>,
    trail: Trail,
    session: Option<Arc<SignedIn>>,
    sight: Sight,
    came: Micros,
    /// Asked for once in a request.
    denials: Arc<Mutex<Option<Arc<Denials>>>>,
}

impl Caller {
    /// The session of somebody who signed in with a browser; `None` for a bearer token.
    pub fn session(&self) -> Option<&SignedIn> {
        self.session.as_deref()
    }

    /// Refuses somebody who signed in with a browser longer ago than that. A bearer token is as
    /// recent as its issuer makes it.
    pub(super) fn recent(&self, within: Duration, now: Micros) -> Result<(), Refused> {
        let proved = self.session().map_or(now, SignedIn::authenticated);
        let age = Duration::from_micros(u64::try_from(now.0 - proved.0).unwrap_or(0));
        if age <= within { Ok(()) } else { Err(Refused::NotRecent) }
    }

    /// Who it is.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The municipality.
    pub fn municipality(&self) -> &Municipality {
        &self.municipality
    }

    /// The FHIR base address as the caller sees it, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The one citizen that the caller can reach, if there is such a limit.
    pub fn citizen(&self) -> Option<&str> {
        self.principal.citizen()
    }

    /// Whom the caller may know of.
    pub(super) fn sight(&self) -> &Sight {
        &self.sight
    }

    /// Where the request's traces are left. Every handler says whose data it touches, or that it is
    /// nobody's, or its answer does not leave.
    pub(super) fn trail(&self) -> &Trail {
        &self.trail
    }

    /// Commits what was done, and the entry of what was noted on the trail.
    pub(super) async fn commit(&self, tx: Tx, at: Micros) -> Result<(), StoreError> {
        tx.commit(&Block::of(self.entry(at)?)).await?;
        self.trail.committed();
        Ok(())
    }

    /// Stores readings in a shared commit, with the entry that says who sent them.
    pub(super) async fn submit(
        &self,
        app: &App,
        rows: Vec<NewObservation>,
    ) -> Result<Answer, SubmitError> {
        let entry = self.entry_of(app, &rows)?;
        let answer = self.municipality.writer.submit(rows, entry).await?;
        self.trail.committed();
        Ok(answer)
    }

    /// As [`Self::submit`], but waits for room in the queue.
    pub(super) async fn submit_waiting(
        &self,
        app: &App,
        rows: Vec<NewObservation>,
    ) -> Result<Answer, SubmitError> {
        let entry = self.entry_of(app, &rows)?;
        let answer = self.municipality.writer.submit_waiting(rows, entry).await?;
        self.trail.committed();
        Ok(answer)
    }

    fn entry_of(&self, app: &App, rows: &[NewObservation]) -> Result<Entry, SubmitError> {
        let entry = self.entry(app.clock().now());
        let entry = entry.map_err(|error| SubmitError::Store(Arc::new(error)))?;
        Ok(entry.of_readings(rows.iter().map(|row| row.key)))
    }

    fn entry(&self, at: Micros) -> Result<Entry, StoreError> {
        self.trail.entry(at).ok_or_else(|| StoreError::Setup(NO_TRAIL.to_owned()))
    }

    /// Refuses what the role and the scopes do not let the caller do to anything of the type. What
    /// they let it do to some, `fhir::within` narrows.
    pub(super) fn require(&self, interaction: Interaction, kind: &str) -> Result<(), Outcome> {
        if self.principal.may(interaction, kind) { Ok(()) } else { Err(Outcome::forbidden()) }
    }

    /// Whether it is a citizen. Somebody else whose token is confined to one is not.
    pub(super) fn is_citizen(&self) -> bool {
        self.principal.role() == Role::Citizen
    }

    /// Refuses what is of a citizen out of sight, as if it were not there; and to everybody but the
    /// citizen what is a restricted citizen's. Comes after it is known that it is in the compartment
    /// of a caller that has one.
    pub(super) async fn may_see(&self, citizen: Option<CitizenNo>) -> Result<(), StoreError> {
        if let Some(citizen) = citizen {
            self.must_see(citizen).await?;
        }
        if self.is_citizen() {
            return Ok(());
        }
        self.municipality.store.open_to_staff(citizen).await
    }

    /// [`Self::may_see`], as a transaction sees it. What is there already is not changed either:
    /// to store is all that is left to do with a restricted citizen's data.
    pub(super) async fn may_see_in(
        &self,
        tx: &mut Tx,
        citizen: Option<CitizenNo>,
    ) -> Result<(), StoreError> {
        let Some(citizen) = citizen else { return Ok(()) };
        self.must_see(citizen).await?;
        if self.is_citizen() {
            return Ok(());
        }
        self.municipality.store.open_to_staff_in(tx, citizen).await
    }

    /// Refuses a citizen out of sight.
    pub(super) async fn must_see(&self, citizen: CitizenNo) -> Result<(), StoreError> {
        if self.municipality.store.sees(&self.sight, citizen).await? {
            Ok(())
        } else {
            Err(StoreError::OutOfSight)
        }
    }

    /// Whether the caller has said for what care, or administration, it asks for protected names.
    pub(super) fn says_why(&self) -> bool {
        let purpose = self.trail.purpose().ok().flatten();
        policy::unmasks(self.principal.role(), purpose.map(Purpose::as_str))
    }

    /// Whether the caller is shown a protected name and address of that citizen, within whose reach
    /// it is: the citizen, whoever says why, and whoever has opened an access to the citizen.
    pub(super) fn unmasks(&self, citizen: Option<CitizenNo>) -> bool {
        let opened = |access: &Access| Some(access.citizen) == citizen;
        self.principal.role() == Role::Citizen
            || self.says_why()
            || self.sight.accesses().iter().any(opened)
    }

    /// On whose behalf readings are examined that are to be created or updated.
    pub(super) fn sender(&self, app: &App, interaction: Interaction) -> Sender<'_> {
        Sender {
            name: sender_name(self.principal.role(), self.principal.subject()),
            citizen: self.principal.citizen(),
            sight: &self.sight,
            scopes: self.principal.scopes().map(|scopes| (scopes, interaction)),
            base: &self.base,
            received: app.clock().now(),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Outcome;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        // An entry of a Bundle is asked by whoever sent the Bundle.
        if let Some(caller) = parts.extensions.get::<Self>() {
            return Ok(caller.clone());
        }
        Ok(Self::authenticate(parts, app).await?)
    }
}

/// Why nobody comes in.
#[derive(Debug)]
pub(super) enum Refused {
    /// Who is asking is not known. The reason is for the log.
    Unknown(String),
    /// The reason that the request gives is none that is known.
    Purpose,
    /// It comes with a session and may have been made by somebody else's page. For the log.
    Forged(&'static str),
    /// It is too long ago that the person has proved who they are.
    NotRecent,
    /// It could not be found out.
    Failed(StoreError),
}

impl From<Refused> for Outcome {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unknown(reason) => Self::unauthorised(&reason),
            Refused::Purpose => Self::bad_request("bad-purpose", BAD_PURPOSE),
            Refused::Forged(reason) => {
                let (status, kind) = (StatusCode::FORBIDDEN, IssueCode::Forbidden);
                Self::one(status, kind, "forged-request", FORGED).because(reason)
            }
            Refused::NotRecent => {
                let (status, kind) = (StatusCode::UNAUTHORIZED, IssueCode::Login);
                Self::one(status, kind, "sign-in-again", SIGN_IN_AGAIN)
            }
            Refused::Failed(error) => Self::failed(error),
        }
    }
}

impl Caller {
    /// Who sent the request, by its bearer token or its session.
    pub(super) async fn authenticate(parts: &Parts, app: &App) -> Result<Self, Refused> {
        let identified = match parts.extensions.get::<Identified>() {
            Some(identified) => identified.clone(),
            None => identify(parts, app).await.map_err(Refused::Failed)?,
        };
        let trail = parts.extensions.get::<Trail>().cloned();
        // A route that is not behind the door that records is a fault of the server.
        let trail = trail.ok_or_else(|| Refused::Failed(StoreError::Setup(NO_TRAIL.to_owned())))?;
        let unknown = |class, reason: &str| {
            trail.refused(class);
            Refused::Unknown(reason.to_owned())
        };
        let Identified { who, session } = identified;
        let principal = who.map_err(|why| unknown(why.class, &why.reason))?;
        let municipality =
            app.municipality(principal.tenant()).await.map_err(Refused::Failed)?.ok_or_else(
                || unknown("not-served", "the token's municipality is not served here"),
            )?;
        let standing = app.machines().standing(&municipality.store, &principal).await;
        match standing.map_err(Refused::Failed)? {
            Standing::Good => {}
            Standing::Revoked => return Err(unknown("revoked", "the client is revoked")),
            Standing::Changed => {
                let reason = "the client is registered otherwise than when the token was made";
                return Err(unknown("registration-changed", reason));
            }
        }
        if let Some(presented) = parts.extensions.get::<Presented>()
            && principal.role() == Role::Gateway
        {
            municipality.examiner.tally.came_with(principal.subject(), presented.until);
        }
        let recorder = municipality.recorder.clone();
        let told = trail.purpose();
        let purpose = told.ok().flatten().unwrap_or(Purpose::of(principal.role()));
        let actor = actor(&principal, &municipality.store);
        trail.authenticated(principal.tenant(), actor, purpose, recorder);
        if let Some((target, citizen)) = target(parts, &municipality.store) {
            trail.asked_for(target, citizen);
        }
        told.map_err(|_| Refused::Purpose)?;
        if let Some(session) = &session {
            csrf::check(parts, app, session)?;
        }
        let came = app.clock().now();
        let sight = sight(&principal, &municipality.store, came).await;
        let sight = sight.map_err(Refused::Failed)?;
        trail.beyond_teams(sight.accesses());
        let base = base(parts, app).into();
        let denials = Arc::default();
        Ok(Self { principal, municipality, base, trail, session, sight, came, denials })
    }
}

/// Whose token or session came with the request, or why it is not believed.
#[derive(Debug, Clone)]
pub(super) struct Identified {
    pub(super) who: Result<Principal, Unknown>,
    session: Option<Arc<SignedIn>>,
}

/// Why who is asking is not known.
#[derive(Debug, Clone)]
pub(super) struct Unknown {
    /// For the log.
    reason: Arc<str>,
    /// For the site's audit chain.
    class: &'static str,
    /// Whether it may be somebody who tries tokens.
    pub(super) is_guess: bool,
}

impl Identified {
    fn unknown(class: &'static str, reason: &str, is_guess: bool) -> Self {
        let unknown = Unknown { reason: reason.into(), class, is_guess };
        Self { who: Err(unknown), session: None }
    }
}

/// Whether what the request has to be believed by has been found good before; `None` where it has
/// nothing.
pub(super) fn is_known(parts: &Parts, app: &App) -> Option<bool> {
    match bearer(&parts.headers) {
        Some(token) => Some(app.has_verified(token)),
        None => cookies::session_token(parts, app).map(|token| app.people().has_seen(&token)),
    }
}

/// Whose session it is.
async fn by_session(
    app: &App,
    token: &SessionToken,
    is_act: bool,
) -> Result<Identified, StoreError> {
    let Some(municipality) = app.municipality(token.tenant()).await? else {
        return Ok(Identified::unknown(
            "not-served",
            "the session's municipality is not served here",
            true,
        ));
    };
    let now = app.clock().now();
    Ok(match app.people().session(&municipality.store, token, is_act, now).await? {
        Ok(session) => {
            let principal = session.principal(token.tenant());
            Identified { who: Ok(principal), session: Some(Arc::new(session)) }
        }
        Err(error) => {
            Identified::unknown("no-session", &error.to_string(), error == NoSession::Unknown)
        }
    })
}

/// The bearer token of a request.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Who sent the request: the token is good, and the connection is the one it is bound to.
///
/// # Errors
/// When it cannot be found out.
pub(super) async fn identify(parts: &Parts, app: &App) -> Result<Identified, StoreError> {
    let Some(token) = bearer(&parts.headers) else {
        return match cookies::session_token(parts, app) {
            Some(token) => by_session(app, &token, use_of::is_act(parts)).await,
            None => Ok(Identified::unknown("no-token", "no bearer token", false)),
        };
    };
    let principal = match principal(app, token).await {
        Ok(principal) => principal,
        Err(MachineError::Store(error)) => return Err(error),
        Err(MachineError::Token(error)) => {
            let class = if error.is_guess() { "bad-token" } else { "token-not-valid" };
            return Ok(Identified::unknown(class, &error.to_string(), error.is_guess()));
        }
        Err(error) => return Ok(Identified::unknown("bad-token", &error.to_string(), true)),
    };
    let presented = parts.extensions.get::<Presented>();
    if principal.is_believed_with(presented, app.clock().now().as_second()) {
        Ok(Identified { who: Ok(principal), session: None })
    } else {
        Ok(Identified::unknown("bound-token", "the token is bound to another certificate", false))
    }
}

/// Who bears the token: somebody known to a configured issuer, or a system with a token of ours.
async fn principal(app: &App, token: &str) -> Result<Principal, MachineError> {
    match app.authenticator().authenticate(token).await {
        Err(TokenError::UnknownIssuer) => app.machines().authenticate(token).await,
        known => Ok(known?),
    }
}

/// What the address names. An id that nothing is known to have may be anything, a name or a CPR
/// number for all we know, so it is kept in a form by which it can only be recognised.
fn target(parts: &Parts, store: &Store) -> Option<(Target, Option<CitizenNo>)> {
    let mut segments = parts.uri.path().trim_matches('/').split('/');
    let kind = segments.next().filter(|kind| is_fhir_id(kind) && !may_be_cpr(kind))?;
    let id = segments.next().filter(|id| !id.starts_with(['$', '_']))?;
    let citizen = store.citizen(id).filter(|_| matches!(kind, "Patient" | "citizens"));
    let known = citizen.is_some()
        || id.parse::<AlertId>().is_ok()
        || (kind == "Observation" && store.sealer().open(id).is_some());
    let id = if known && !may_be_cpr(id) { id.to_owned() } else { disguised(store, id) };
    let target = Target { kind: kind.to_owned(), id, version: 0 };
    Some((target, citizen.map(|(no, _)| no)))
}

impl From<StoreError> for Outcome {
    fn from(error: StoreError) -> Self {
        Failure::from(error).into()
    }
}
