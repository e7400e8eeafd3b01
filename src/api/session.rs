//! `/v1/session`: signing in to the dashboard, and out. The token is shown once, and the browser keeps a cookie in its place,
//! which no script can read.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::{Response, ResponseBuilder};

use super::auth::{self, Caller, Identity};
use super::call::{Call, json};
use super::error::{ApiError, ApiResult};
use crate::cloudflare::random;
use crate::domain::credential::{Credential, Secret};
use crate::domain::date::{parse_timestamp, timestamp};
use crate::domain::scope::Scope;
use crate::domain::session::{self, SessionSecret};
use crate::store::sessions::{self, Basis};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// `ADMIN_TOKEN`, or a token with the scope `read`.
    token: String,
}

/// The signed-in user.
#[derive(Serialize, ToSchema)]
pub struct Session {
    /// Null for `ADMIN_TOKEN`.
    owner: Option<SignedInOwner>,
    /// Scopes of the token; `admin` for `ADMIN_TOKEN`.
    scopes: Vec<Scope>,
    /// May read every owner, and use `/v1/owners`, `/v1/tokens` and `/v1/admin/*`.
    is_admin: bool,
    /// RFC 3339, UTC: when the session, or the token that is sent, expires. Null for `ADMIN_TOKEN` itself.
    expires_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SignedInOwner {
    name: String,
    /// The hashed identifier of the owner in the database.
    id: String,
}

impl From<Identity> for Session {
    fn from(Identity { caller, expires_at }: Identity) -> Self {
        let is_admin = caller.is_admin();
        let (owner, scopes) = match caller {
            Caller::Operator => (None, vec![Scope::Admin]),
            Caller::Token { owner, name, scopes, .. } => {
                (Some(SignedInOwner { name: name.into(), id: owner.to_string() }), scopes)
            }
        };
        Self { owner, scopes, is_admin, expires_at }
    }
}

#[utoipa::path(
    post,
    path = "/v1/session",
    operation_id = "sign_in",
    description = "Starts a session: the response sets a cookie in place of the token. It ends after twelve hours, after twenty newer \
                   sessions of the same token, when the token is revoked, rotated or expires, and when `ADMIN_TOKEN` changes. Scope \
                   of the token: `read`. Only for the Worker's own pages: needs a same-origin `Origin` and \
                   `Content-Type: application/json`.",
    request_body = SignIn,
    responses(
        (status = 201, body = Session, headers(("set-cookie" = String, description = "The session's cookie."))),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
)]
pub async fn post(call: &mut Call) -> ApiResult<worker::Result<Response>> {
    auth::same_origin(call)?;
    call.allow(&[])?;
    let SignIn { token } = call.body().await?;
    let credential = Credential { secret: Secret::new(token.trim()), key: None };
    let identity = auth::by_token(call, &credential).await?.permitted(Scope::Read)?;
    let ends_at = identity.expires_at.as_deref().and_then(parse_timestamp);
    let ends_at = session::ends_at(call.now, ends_at);
    let (secret, expires_at) = (SessionSecret::new(random::bytes()), timestamp(ends_at));
    begin(call, &secret, &credential.secret, &identity.caller, &expires_at).await?;
    let session = Session::from(Identity { expires_at: Some(expires_at), ..identity });
    Ok(with_cookie(json(201, &session), &secret.cookie(ends_at.saturating_sub(call.now))))
}

async fn begin(
    call: &Call,
    secret: &SessionSecret,
    token: &Secret,
    caller: &Caller,
    expires_at: &str,
) -> ApiResult<()> {
    let (token_hash, proof) = (token.digest(), secret.proof(token));
    let new = sessions::NewSession {
        hash: &secret.digest(),
        basis: match caller {
            Caller::Operator => Basis::Operator(&proof),
            Caller::Token { .. } => Basis::Token(&token_hash),
        },
        created_at: &call.timestamp(),
        expires_at,
    };
    let former = auth::session(call).map(|former| former.digest());
    Ok(sessions::begin(&call.db()?, &new, former.as_deref()).await?)
}

#[utoipa::path(
    get,
    path = "/v1/session",
    operation_id = "get_session",
    description = "The user of the session, or of the token that is sent. Scope: `read`.",
    responses(
        (status = 200, body = Session),
        (status = 204, description = "Nobody is signed in: the request has neither a session's cookie nor a token."),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let is_nobody = call.header("authorization").is_none() && auth::session(call).is_none();
    let identity = match auth::identity(call, Scope::Read).await {
        Err(ApiError::CredentialMissing) if is_nobody => None,
        identity => Some(identity?),
    };
    call.allow(&[])?;
    Ok(identity.map_or_else(gone, |identity| json(200, &Session::from(identity))))
}

#[utoipa::path(
    delete,
    path = "/v1/session",
    operation_id = "sign_out",
    description = "Ends the session, if there is one, and deletes its cookie.",
    responses(
        (status = 204, description = "Nobody is signed in.", headers(("set-cookie" = String, description = "Deletes the cookie."))),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
)]
pub async fn delete(call: &Call) -> ApiResult<worker::Result<Response>> {
    call.allow(&[])?;
    if let Some(secret) = auth::session(call) {
        auth::same_origin(call)?;
        if auth::is_begun(call, &secret).await? {
            sessions::end(&call.db()?, &secret.digest()).await?;
        }
    }
    Ok(with_cookie(gone(), &session::cleared()))
}

fn gone() -> worker::Result<Response> {
    Ok(ResponseBuilder::new().with_status(204).with_header("cache-control", "no-store")?.empty())
}

fn with_cookie(answer: worker::Result<Response>, cookie: &str) -> worker::Result<Response> {
    let answer = answer?;
    answer.headers().set("set-cookie", cookie)?;
    Ok(answer)
}
