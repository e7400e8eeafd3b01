//! Who calls, and what they may see.

use super::call::{Call, CountedToken};
use super::error::{ApiError, ApiResult, Limited};
use super::{limits, lookup};
use crate::domain::credential::{Credential, Secret};
use crate::domain::owner::{OwnerId, OwnerName};
use crate::domain::same_origin::Sender;
use crate::domain::scope::Scope;
use crate::domain::session::SessionSecret;
use crate::store::owners;
use crate::store::sessions::SessionKey;

/// All owners together.
const ALL: &str = "*";

/// A caller whose credential is valid.
pub enum Caller {
    /// Shows the `ADMIN_TOKEN` secret, or a session that was begun with it.
    Operator,
    /// Shows a token, which belongs to one owner, or a session that was begun with it.
    Token { id: String, owner: OwnerId, name: OwnerName, scopes: Vec<Scope> },
}

impl Caller {
    pub fn is_admin(&self) -> bool {
        self.has(Scope::Admin)
    }

    /// The id of the token; none for the operator.
    pub fn token_id(&self) -> Option<&str> {
        match self {
            Self::Operator => None,
            Self::Token { id, .. } => Some(id),
        }
    }

    fn has(&self, wanted: Scope) -> bool {
        match self {
            Self::Operator => true,
            Self::Token { scopes, .. } => scopes.iter().any(|scope| scope.permits(wanted)),
        }
    }
}

/// A caller, and when its credential ends: the operator's never does.
pub struct Identity {
    pub caller: Caller,
    pub expires_at: Option<String>,
}

impl Identity {
    /// Checks the scope.
    ///
    /// # Errors
    ///
    /// 403 when the caller lacks it.
    pub fn permitted(self, wanted: Scope) -> ApiResult<Self> {
        if self.caller.has(wanted) {
            Ok(self)
        } else {
            Err(ApiError::Forbidden(format!("Use a token with the scope {wanted}.")))
        }
    }
}

/// An owner that a caller may read.
pub struct Readable {
    pub owner: OwnerId,
    /// None for the owner that stands for those that do not exist.
    pub name: Option<OwnerName>,
}

/// Whose figures a caller asks for.
pub enum Subject {
    One(Readable),
    All,
}

/// Identifies the caller and checks the scope.
///
/// # Errors
///
/// 503 while the API is closed, 401 without a valid credential, 403 when it lacks the scope, or when a session is used from
/// elsewhere than the worker's own pages, 429 when its token, or a client with wrong credentials, has asked too often.
pub async fn caller(call: &Call, wanted: Scope) -> ApiResult<Caller> {
    Ok(identity(call, wanted).await?.caller)
}

/// [`caller`], with the end of the credential. An `Authorization` header decides alone; without one, a session's cookie.
///
/// # Errors
///
/// As [`caller`].
pub async fn identity(call: &Call, wanted: Scope) -> ApiResult<Identity> {
    let admin = admin(call)?;
    let identity = match (call.header("authorization"), session(call)) {
        (Some(header), _) => {
            let credential = call.dialect.credential(&header).ok_or(ApiError::CredentialMissing)?;
            by_token(call, &credential).await?
        }
        (None, Some(secret)) => {
            if !call.is_read() {
                same_origin(call)?;
            }
            by_session(call, &secret, admin).await?
        }
        (None, None) => return Err(ApiError::CredentialMissing),
    };
    if let Some(token) = identity.caller.token_id() {
        let allowance = limits::request(token, call.now)
            .map_err(|allowance| ApiError::limited(Limited::Requests, allowance, call.now))?;
        let _ = call.counted.set(CountedToken { id: token.to_owned(), allowance });
    }
    identity.permitted(wanted)
}

/// The operator's secret.
///
/// # Errors
///
/// While the API is closed.
fn admin(call: &Call) -> ApiResult<&Secret> {
    call.owners()?;
    call.config.admin_token.as_ref().ok_or(ApiError::Closed)
}

/// The session that the request's cookie holds; nobody knows yet whether it is valid.
pub fn session(call: &Call) -> Option<SessionSecret> {
    SessionSecret::from_cookies(&call.header("cookie")?)
}

/// Lets nobody but the worker's own pages pass.
///
/// # Errors
///
/// 403.
pub fn same_origin(call: &Call) -> ApiResult<()> {
    let (origin, content_type) = (call.header("origin"), call.header("content-type"));
    let sender = Sender {
        origin: origin.as_deref(),
        content_type: content_type.as_deref(),
        has_body: call.announces_body(),
    };
    Ok(sender.check(&call.request.inner().url())?)
}

/// Whose token this is: the operator's secret, or one that is stored. What cannot be a token is not looked up.
///
/// # Errors
///
/// 503 while the API is closed, 401 when it is not valid, 429 when it is one of too many.
pub async fn by_token(call: &Call, credential: &Credential) -> ApiResult<Identity> {
    if credential.secret.matches(admin(call)?) {
        return Ok(Identity { caller: Caller::Operator, expires_at: None });
    }
    match stored(call, credential).await? {
        Some(identity) => Ok(identity),
        None => Err(lookup::refused(call, ApiError::CredentialInvalid).await),
    }
}

async fn stored(call: &Call, credential: &Credential) -> ApiResult<Option<Identity>> {
    if !credential.secret.is_token() {
        return Ok(None);
    }
    let found = lookup::token(call, &credential.secret.digest()).await?;
    let found = found.filter(|token| credential.key.as_ref().is_none_or(|key| *key == token.id));
    Ok(found.and_then(|token| {
        let caller = holder(token.id, &token.owner, token.name.as_deref(), &token.scopes)?;
        Some(Identity { caller, expires_at: Some(token.expires_at) })
    }))
}

async fn by_session(call: &Call, secret: &SessionSecret, admin: &Secret) -> ApiResult<Identity> {
    match begun(call, secret, admin).await? {
        Some(identity) => Ok(identity),
        None => Err(lookup::refused(call, ApiError::SessionEnded).await),
    }
}

async fn begun(call: &Call, secret: &SessionSecret, admin: &Secret) -> ApiResult<Option<Identity>> {
    let key = SessionKey { hash: secret.digest(), proof: secret.proof(admin) };
    let Some(session) = lookup::session(call, &key).await? else { return Ok(None) };
    let caller = if session.is_operator {
        Some(Caller::Operator)
    } else {
        let [owner, scopes] =
            [&session.owner, &session.scopes].map(|text| text.as_deref().unwrap_or_default());
        holder(session.id.unwrap_or_default(), owner, session.name.as_deref(), scopes)
    };
    Ok(caller.map(|caller| Identity { caller, expires_at: Some(session.expires_at) }))
}

/// Whether a session is valid, whatever it permits. That it is not counts as a wrong credential.
///
/// # Errors
///
/// 503.
pub async fn is_begun(call: &Call, secret: &SessionSecret) -> ApiResult<bool> {
    let is_begun = begun(call, secret, admin(call)?).await?.is_some();
    if !is_begun {
        lookup::refused(call, ApiError::SessionEnded).await;
    }
    Ok(is_begun)
}

/// Whoever holds a token, as it is stored.
fn holder(id: String, owner: &str, name: Option<&str>, scopes: &str) -> Option<Caller> {
    Some(Caller::Token {
        id,
        owner: OwnerId::parse(owner)?,
        name: OwnerName::parse(name?).ok()?,
        scopes: serde_json::from_str(scopes).ok()?,
    })
}

/// Whose figures the caller asks for and may read: its own, or with the scope `admin` those of `?owner=`.
///
/// # Errors
///
/// 403 for another's figures; 400 when an operator names nobody; 404 for an owner that is not known.
pub async fn subject(call: &Call, caller: Caller) -> ApiResult<Subject> {
    named(call, caller, call.parameter("owner")).await
}

/// As [`subject`], where there is one owner.
///
/// # Errors
///
/// 400 when all are asked for.
pub async fn owner(call: &Call, caller: Caller) -> ApiResult<Readable> {
    match subject(call, caller).await? {
        Subject::One(readable) => Ok(readable),
        Subject::All => {
            Err(ApiError::bad_parameter("owner", "owner_ambiguous", "Choose one owner: owner=<name>."))
        }
    }
}

/// As [`subject`], of the owner that is asked for.
///
/// # Errors
///
/// As [`subject`].
pub async fn named(call: &Call, caller: Caller, asked: Option<&str>) -> ApiResult<Subject> {
    let is_admin = caller.is_admin();
    let (asked, own) = match (asked, caller) {
        (None, Caller::Token { owner, name, .. }) => return Ok(one(owner, Some(name))),
        (None, Caller::Operator) => {
            let message = "Choose an owner: owner=<name>, or owner=* for all owners.";
            return Err(ApiError::bad_parameter("owner", "owner_missing", message));
        }
        (Some(asked), Caller::Token { owner, name, .. }) => (asked, Some((owner, name))),
        (Some(asked), Caller::Operator) => (asked, None),
    };
    if let Some((owner, name)) = own {
        if asked == name.as_str() {
            return Ok(one(owner, Some(name)));
        }
        if !is_admin {
            return Err(ApiError::ForeignOwner);
        }
    }
    if asked == ALL {
        return Ok(Subject::All);
    }
    let owner = call.owners()?.id_for_admin(asked)?;
    if !owners::is_known(&call.db()?, owner).await? {
        let message = format!("Owner {asked:?} doesn't exist and has no traffic.");
        return Err(ApiError::NotFound { code: "owner_not_found", message, parameter: Some("owner") });
    }
    Ok(one(owner, OwnerName::parse(asked).ok()))
}

fn one(owner: OwnerId, name: Option<OwnerName>) -> Subject {
    Subject::One(Readable { owner, name })
}
